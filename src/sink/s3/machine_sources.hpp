#pragma once

#include <memory>

#include "sink/s3/key_source.hpp"

namespace xpc::sink::s3 {

// Sources that the environment names, and no profile. Each is nothing where it is not configured.
// Errors: config, with the variable and what is wrong with it in `field`.

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and AWS_SECURITY_TOKEN or AWS_SESSION_TOKEN. A secret
/// alone is none.
[[nodiscard]] base::Result<std::unique_ptr<KeySource>> variables_source(
    const Environment& variables);

/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, or _FULL_URI: over https, or at a host that is this
/// machine.
[[nodiscard]] base::Result<std::unique_ptr<KeySource>> container_source(
    const Environment& variables);

/// The metadata of an instance, at AWS_EC2_METADATA_SERVICE_ENDPOINT, or where EC2 has them by
/// AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE; nothing with AWS_EC2_METADATA_DISABLED=true.
[[nodiscard]] base::Result<std::unique_ptr<KeySource>> instance_source(
    const Environment& variables);

}  // namespace xpc::sink::s3
