#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/finding.hpp"
#include "daemon/config.hpp"
#include "sink/sinks.hpp"

namespace xpc::daemon {

/// A dry run of all that a capture of `interface` and its delivery to `bucket` need: the data_dir,
/// the right to capture, the devices, credentials and what they may do with the bucket. A server
/// may run meanwhile. Without a bucket none is tried; one where there are no
/// credentials for S3 is a fault. Without an interface `lo`, and that it can not be captured is no
/// fault where there are devices to capture from. Blocking: some ten seconds a step where the store
/// is away.
[[nodiscard]] std::vector<base::Finding> check_needs(const Config& config,
                                                     const std::optional<sink::S3Options>& s3,
                                                     const std::optional<std::string>& interface,
                                                     const std::optional<std::string>& bucket);

}  // namespace xpc::daemon
