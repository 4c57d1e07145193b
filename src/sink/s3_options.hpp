#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "sink/sinks.hpp"

namespace xpc::sink {

/// The keys of the section [s3], as far as they are given.
struct S3Settings {
    std::optional<std::string> endpoint;
    std::optional<std::string> region;
    std::optional<bool> path_style;
    std::optional<std::uint64_t> part_bytes;
    std::optional<bool> counter_tags;
    std::optional<std::string> ca_file;
};

/// The value of an environment variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// How S3 is reached, by the settings, then the standard AWS_* variables, then the chosen profile
/// of
/// ~/.aws, then the defaults. An empty value counts as none, as for the AWS SDKs. Nothing where S3
/// is not configured: no credentials, and nothing that is of use with them only.
/// Errors: config, with the key or variable in `field`: a setting, AWS_PROFILE or an endpoint
///         without credentials, half of a key pair, an endpoint that is no http(s)://HOST[:PORT], a
///         part size out of bounds, a value with control characters, a CA file that can not be
///         read.
[[nodiscard]] base::Result<std::optional<S3Options>> s3_options(const S3Settings& settings,
                                                                const Environment& environment);

/// What the source of the keys for S3 uses on this machine, for as long as it is asked for keys.
struct KeyNeeds {
    std::vector<std::filesystem::path> files;  ///< read each time: others put new keys there
    bool runs_command = false;                 ///< a program of the user's choice
};

[[nodiscard]] KeyNeeds key_needs(const S3Options& options);

}  // namespace xpc::sink
