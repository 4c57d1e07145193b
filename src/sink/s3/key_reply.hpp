#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "sink/s3/sigv4.hpp"

namespace xpc::sink::s3 {

/// Keys, and until when they are good.
struct Keys {
    Credentials credentials;
    std::optional<base::WallTime> expires;  ///< nothing: as long as the process
};

/// What a container's endpoint or the instance metadata answer.
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider"; Amazon EC2 User
///         Guide, "Retrieve security credentials from instance metadata".
/// Errors: store_refused with what is wrong; no value of the answer is shown, it may be a secret.
[[nodiscard]] base::Result<Keys> keys_of_json(std::string_view raw);

/// What a credential process answers: the same, and "Version": 1.
/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider". Errors: likewise.
[[nodiscard]] base::Result<Keys> keys_of_process(std::string_view raw);

/// What AssumeRole and AssumeRoleWithWebIdentity answer.
/// Source: AWS Security Token Service API Reference. Errors: likewise.
[[nodiscard]] base::Result<Keys> keys_of_xml(std::string_view raw);

/// The keys. Errors: Failure, the refusal with whose answer it was.
[[nodiscard]] Keys keys_or_throw(base::Result<Keys> keys, const std::string& who);

}  // namespace xpc::sink::s3
