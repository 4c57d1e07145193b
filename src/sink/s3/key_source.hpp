#pragma once

#include <memory>
#include <string>

#include "base/stop.hpp"
#include "sink/s3/key_reply.hpp"
#include "sink/s3_options.hpp"

namespace xpc::sink::s3 {

/// Where keys come from.
/// Threads: one at a time.
class KeySource {
public:
    virtual ~KeySource() = default;

    /// As they are now. Errors: Failure of whatever kind, with the source's name.
    [[nodiscard]] virtual Keys fetch(const base::Stop& stop, base::Deadline deadline) = 0;

    /// "profile \"work\" of ~/.aws", for people.
    [[nodiscard]] virtual std::string name() const = 0;

    /// Adds what fetch() uses on this machine.
    virtual void add_needs(KeyNeeds& /*needs*/) const {}

    KeySource(const KeySource&) = delete;
    KeySource& operator=(const KeySource&) = delete;
    KeySource(KeySource&&) = delete;
    KeySource& operator=(KeySource&&) = delete;

protected:
    KeySource() = default;
};

/// Keys that nobody renews.
[[nodiscard]] std::unique_ptr<KeySource> fixed_source(Credentials credentials, std::string name);

/// What the sources need to know beside the environment.
struct KeySourceOptions {
    std::string region;
    std::string ca_file;
    bool may_ask_instance = false;  ///< the instance metadata, where there is no other source
};

/// The first source that is configured, in the order of botocore: variables; a role of a profile of
/// ~/.aws; a web identity's token file; the profile's keys, or its process; a container's endpoint;
/// the instance metadata. Nothing where none is.
/// Errors: config, with the variable or profile and what is wrong with it in `field`.
/// Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers"; botocore,
///         credentials.py: create_credential_resolver().
[[nodiscard]] base::Result<std::unique_ptr<KeySource>> key_source(const Environment& variables,
                                                                  const KeySourceOptions& options);

}  // namespace xpc::sink::s3
