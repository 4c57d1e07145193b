#pragma once

#include <vector>

#include "base/finding.hpp"
#include "cli/commands.hpp"

namespace xpc::cli {

/// 0, or that of the first thing that is not as it should be.
[[nodiscard]] int exit_code_of(const std::vector<base::Finding>& findings) noexcept;

/// What `check` has found out. Prints a line for each, or JSON. The exit code is that of the first
/// that is not as it should be. Errors: Failure, where standard output takes nofinding.
int report(const std::vector<base::Finding>& findings, bool as_json,
           const Surroundings& surroundings);

}  // namespace xpc::cli
