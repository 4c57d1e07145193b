#pragma once

#include <optional>

#include "daemon/config.hpp"
#include "sink/sinks.hpp"

namespace xpc::daemon {

/// The server gives up, for good, what it does not need: it becomes an unprivileged user where root
/// started it, keeps CAP_NET_RAW of all capabilities, and is confined to its files (Landlock) and
/// to ordinary system calls (seccomp). SECURITY.md says what is left and why,
/// docs/decisions/0042 how the user is chosen. Makes the data_dir, and makes it that user's.
///
/// Errors:  Failure(config) where `server.user` can not be the user; permission, io. What this
///          kernel can not do is logged, and goes without.
/// Threads: before any other is started: each inherits it.
void confine(const Config& config, const std::optional<sink::S3Options>& s3,
             const Environment& environment);

}  // namespace xpc::daemon
