#pragma once

#include <vector>

#include <linux/filter.h>

namespace xpc::daemon {

struct SyscallWishes {
    bool runs_programs = false;  ///< may start others, which may make code as they run
    bool is_debugged = false;    ///< by itself: the sanitizers trace their own process
};

/// A program for seccomp(2) that refuses (EPERM, or ENOSYS where a library then does it another
/// way) what a server never needs: other processes' memory, mounts and namespaces, modules, clocks,
/// keys, BPF, io_uring, sockets of unusual families, calls that are newer than this list; and,
/// unless it runs programs, to start any, and to make memory that is both written and executed.
/// Pure. Source: seccomp(2); systemd.exec(5), "System call sets", has the families.
[[nodiscard]] std::vector<sock_filter> syscall_filter(const SyscallWishes& wishes);

/// False where this kernel or architecture has no such filters. Errors: Failure.
/// Needs no_new_privs. Threads: all of this process.
[[nodiscard]] bool enforce_syscall_filter(const std::vector<sock_filter>& filter);

}  // namespace xpc::daemon
