#pragma once

#include <vector>

#include "base/finding.hpp"
#include "daemon/config.hpp"

namespace xpc::daemon {

/// Whether each configured device can be captured from: one finding each.
/// Blocking: a device's timeout, each.
[[nodiscard]] std::vector<base::Finding> check_devices(const Config& config);

}  // namespace xpc::daemon
