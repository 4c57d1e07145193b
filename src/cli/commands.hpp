#pragma once

#include "base/unique_fd.hpp"
#include "cli/command_line.hpp"

namespace xpc::cli {

/// What a command finds around it; tests bring their own.
/// Lifetime: the descriptors outlive the command.
struct Surroundings {
    Environment environment;  ///< COLUMNS, NO_COLOR, TERM
    base::Fd out = base::Fd::borrow(STDOUT_FILENO);
    base::Fd err = base::Fd::borrow(STDERR_FILENO);
};

// Each returns its exit code.
// Errors:   Failure; report() says it and has the exit code for it.
// Blocking: capture until the job has ended or the user leaves; the others for one request.
// Threads:  run(Capture) takes over SIGINT and SIGTERM while it runs, so no other thread may be
//           there that has them unblocked. All ignore SIGPIPE, from then on.
int run(const Capture& capture, const Surroundings& surroundings);
int run(const List& list, const Surroundings& surroundings);
int run(const Show& show, const Surroundings& surroundings);
int run(const StopJob& stop, const Surroundings& surroundings);
int run(const DeleteJob& remove, const Surroundings& surroundings);
int run(const ExtendJob& extend, const Surroundings& surroundings);
int run(const Text& text, const Surroundings& surroundings);

/// "xepacketcap: MESSAGE" on standard error, fit for a terminal, with a hint where there is one.
/// Returns the exit code.
int report(const base::Error& error, const Surroundings& surroundings) noexcept;

}  // namespace xpc::cli
