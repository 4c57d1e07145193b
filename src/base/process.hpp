#pragma once

#include <string>

#include "base/stop.hpp"

namespace xpc::base {

/// What a shell command writes to its standard output, at most 64 KiB; what it writes to standard
/// error goes to ours, and it has no standard input. It ends with this call, one way or another.
/// Errors:   Failure(io) when it can not be started, or exits with anything but 0; Failure(timeout)
///           at the deadline, Failure(cancelled) at `stop`: it is killed then. None shows the
///           command: there may be secrets in it.
/// Blocking: until its end, `stop` or `deadline`.
[[nodiscard]] std::string output_of(const std::string& command, const Stop& stop,
                                    Deadline deadline);

}  // namespace xpc::base
