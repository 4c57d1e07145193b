#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/commands.hpp"

namespace xpc::cli {

/// What `check` has found out of one thing.
struct CheckedThing {
    std::string what;
    std::string detail;
    std::optional<base::Error> error;
};

/// Prints a line for each, or JSON. The exit code is that of the first that is not as it should be.
/// Errors: Failure, where standard output takes nothing.
int report(const std::vector<CheckedThing>& things, bool as_json, const Surroundings& surroundings);

}  // namespace xpc::cli
