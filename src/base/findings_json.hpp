#pragma once

#include <vector>

#include "base/finding.hpp"
#include "base/json.hpp"

namespace xpc::base {

/// `[{"what", "detail", "ok", "error"}]`
[[nodiscard]] Json findings_json(const std::vector<Finding>& findings);

}  // namespace xpc::base
