#pragma once

#include "base/json.hpp"
#include "cli/commands.hpp"

namespace xpc::cli {

/// The server's reply to a dry run. Prints what would be captured and whether all is there for it,
/// or the reply itself. The exit code is 0, or that of the first thing that is missing.
/// Errors: Failure, where standard output takes nothing.
int report_rehearsal(const base::Json& reply, bool as_json, const Surroundings& surroundings);

}  // namespace xpc::cli
