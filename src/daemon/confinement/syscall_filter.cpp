#include "daemon/confinement/syscall_filter.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.hpp"

namespace xpc::daemon {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;  // no filter: the numbers below were not looked at
#endif

// Of Linux 6.1, whose list this is. A library that tries one that is newer goes on without.
constexpr std::uint32_t newest_call = SYS_set_mempolicy_home_node;

constexpr std::uint32_t refused = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t unknown = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t no_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;

constexpr auto never_needed = std::to_array<std::uint32_t>({
    // other processes
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
    SYS_pidfd_getfd,
    SYS_kcmp,
    SYS_perf_event_open,
    SYS_userfaultfd,
    // mounts, namespaces, other roots
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_move_mount,
    SYS_open_tree,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_quotactl,
    SYS_quotactl_fd,
    // the kernel, its keys, its memory
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_bpf,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_syslog,
    SYS_acct,
    SYS_swapon,
    SYS_swapoff,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_lookup_dcookie,
    SYS_nfsservctl,
    SYS_vhangup,
    SYS_mbind,
    SYS_migrate_pages,
    SYS_move_pages,
    // the host's name, time and users
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_personality,
    // devices
    SYS_mknodat,
#if defined(__x86_64__)
    SYS_mknod,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_kexec_file_load,
    SYS_uselib,
    SYS_ustat,
    SYS_sysfs,
    SYS__sysctl,
#endif
});

constexpr auto programs = std::to_array<std::uint32_t>({
    SYS_execve,
    SYS_execveat,
#if defined(__x86_64__)
    SYS_fork,
    SYS_vfork,
#endif
});

constexpr auto families =
    std::to_array<std::uint32_t>({AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET});

constexpr std::uint32_t new_namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                         CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

constexpr auto number_at = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
constexpr auto architecture_at = static_cast<std::uint32_t>(offsetof(seccomp_data, arch));

/// Of the lower half of an argument, where all that is looked at is (both architectures are little
/// endian).
constexpr std::uint32_t argument_at(std::uint32_t number) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + number * 8;
}

class Assembler {
public:
    void load(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }

    void mask(std::uint32_t bits) { add(BPF_ALU | BPF_AND | BPF_K, bits); }

    void answer(std::uint32_t what) { add(BPF_RET | BPF_K, what); }

    void answer_if_equal(std::uint32_t value, std::uint32_t what) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
        answer(what);
    }

    void answer_unless_equal(std::uint32_t value, std::uint32_t what) {
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
        answer(what);
    }

    void answer_if_above(std::uint32_t value, std::uint32_t what) {
        add(BPF_JMP | BPF_JGT | BPF_K, value, 0, 1);
        answer(what);
    }

    void refuse_all(std::span<const std::uint32_t> calls) {
        for (const std::uint32_t call : calls)
            answer_if_equal(call, refused);
    }

    /// `look` is for one call only; behind it the number is loaded again.
    template <typename Look>
    void for_call(std::uint32_t call, const Look& look) {
        const std::size_t jump = code_.size();
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 0);
        look();
        code_[jump].jf = static_cast<std::uint8_t>(code_.size() - jump - 1);
        load(number_at);
    }

    [[nodiscard]] std::vector<sock_filter> take() { return std::move(code_); }

private:
    void add(unsigned code, std::uint32_t value, std::uint8_t if_true = 0,
             std::uint8_t if_false = 0) {
        code_.push_back(
            {.code = static_cast<std::uint16_t>(code), .jt = if_true, .jf = if_false, .k = value});
    }

    std::vector<sock_filter> code_;
};

void look_at_sockets(Assembler& code) {
    for (const int call : {SYS_socket, SYS_socketpair}) {
        code.for_call(static_cast<std::uint32_t>(call), [&code] {
            code.load(argument_at(0));
            for (const std::uint32_t family : families)
                code.answer_if_equal(family, SECCOMP_RET_ALLOW);
            code.answer(no_family);
        });
    }
}

/// Threads are made by clone(); clone3() hides its flags from us, and glibc goes back to clone().
void look_at_clones(Assembler& code, bool only_threads) {
    code.answer_if_equal(SYS_clone3, unknown);
    code.for_call(SYS_clone, [&code, only_threads] {
        code.load(argument_at(0));
        code.mask(new_namespaces);
        code.answer_unless_equal(0, refused);
        if (!only_threads) return;
        code.load(argument_at(0));
        code.mask(CLONE_THREAD);
        code.answer_if_equal(0, refused);
    });
}

/// What is written is not executed.
void look_at_memory(Assembler& code) {
    constexpr std::uint32_t both = PROT_WRITE | PROT_EXEC;
    code.for_call(SYS_mmap, [&code] {
        code.load(argument_at(2));
        code.mask(both);
        code.answer_if_equal(both, refused);
    });
    for (const int call : {SYS_mprotect, SYS_pkey_mprotect}) {
        code.for_call(static_cast<std::uint32_t>(call), [&code] {
            code.load(argument_at(2));
            code.mask(PROT_EXEC);
            code.answer_unless_equal(0, refused);
        });
    }
}

}  // namespace

std::vector<sock_filter> syscall_filter(const SyscallWishes& wishes) {
    Assembler code;
    code.load(architecture_at);
    code.answer_unless_equal(architecture, unknown);
    code.load(number_at);
    code.answer_if_above(newest_call, unknown);  // x32's too, which have bit 30
    code.refuse_all(never_needed);
    look_at_sockets(code);
    // as if it were typed on a terminal
    code.for_call(SYS_ioctl, [&code] {
        code.load(argument_at(1));
        code.answer_if_equal(TIOCSTI, refused);
        code.answer(SECCOMP_RET_ALLOW);
    });
    const bool starts_processes = wishes.runs_programs || wishes.is_debugged;
    if (!wishes.is_debugged) code.answer_if_equal(SYS_ptrace, refused);
    look_at_clones(code, !starts_processes);
    if (!starts_processes) {
        code.refuse_all(programs);
        look_at_memory(code);
    }
    code.answer(SECCOMP_RET_ALLOW);
    return code.take();
}

bool enforce_syscall_filter(const std::vector<sock_filter>& filter) {
    if (architecture == 0) return false;
    // the kernel only reads it, but its structure does not say so
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    auto* const steps = const_cast<sock_filter*>(filter.data());
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = steps};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) {
        return true;
    }
    if (errno == ENOSYS || errno == EINVAL) return false;  // a kernel without it
    throw base::Failure::from_errno("seccomp", errno);
}

}  // namespace xpc::daemon
