#pragma once

#include <cstddef>
#include <string>
#include <vector>

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

/// What a program writes to its standard output and to standard error, whatever it exits with; it
/// has no standard input. `words` are its name, which is looked for in PATH, and its arguments.
/// Processes that it has started end with it.
/// Errors:   Failure(not_ready) when there is no such program; io when it can not be started, or
///           writes more than `most_bytes`; timeout, cancelled as above.
/// Blocking: until its end, `stop` or `deadline`.
[[nodiscard]] std::string all_output_of(const std::vector<std::string>& words,
                                        std::size_t most_bytes, const Stop& stop,
                                        Deadline deadline);

}  // namespace xpc::base
