#include <array>
#include <cerrno>
#include <fstream>
#include <functional>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sanitizers.hpp"
#include "daemon/confinement/file_rules.hpp"
#include "daemon/confinement/hand_over.hpp"
#include "daemon/confinement/syscall_filter.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::daemon {
namespace {

namespace fs = std::filesystem;

using base::is_sanitized;

/// What `look` returns in a process that `confine` was called in before: the test goes on outside.
int in_a_process(const std::function<void()>& confine, const std::function<int()>& look) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
        confine();
        ::_exit(look());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int filtered(SyscallWishes wishes, const std::function<int()>& look) {
    wishes.is_debugged = is_sanitized;
    return in_a_process(
        [&] {
            if (!enforce_syscall_filter(syscall_filter(wishes))) ::_exit(254);
        },
        look);
}

int error_of(long result) {
    return result < 0 ? errno : 0;
}

int executes() {
    std::array<char, 5> program{"true"};
    std::array<char*, 2> arguments{program.data(), nullptr};
    std::array<char*, 1> variables{nullptr};
    return error_of(::execve("/bin/true", arguments.data(), variables.data()));
}

}  // namespace

TEST_CASE("system calls that a server never needs are refused") {
    struct Row {
        const char* name;
        std::function<int()> call;
        int error;
    };

    const auto rows = std::to_array<Row>({
        {"mount", [] { return error_of(::mount("none", "/", "tmpfs", 0, nullptr)); }, EPERM},
        {"unshare", [] { return error_of(::unshare(CLONE_NEWUSER)); }, EPERM},
        {"a clone with a namespace",
         [] { return error_of(::syscall(SYS_clone, CLONE_NEWUSER, 0, 0, 0, 0)); }, EPERM},
        {"clone3, which hides its flags", [] { return error_of(::syscall(SYS_clone3, 0, 0)); },
         ENOSYS},
        {"bpf", [] { return error_of(::syscall(SYS_bpf, 0, 0, 0)); }, EPERM},
        {"io_uring", [] { return error_of(::syscall(SYS_io_uring_setup, 1, 0)); }, EPERM},
        {"another process's memory",
         [] { return error_of(::syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0)); }, EPERM},
        {"a change of the user", [] { return error_of(::syscall(SYS_setuid, 0)); }, EPERM},
        {"a call that is newer than the list", [] { return error_of(::syscall(1000)); }, ENOSYS},
        {"a Bluetooth socket", [] { return error_of(::socket(AF_BLUETOOTH, SOCK_RAW, 0)); },
         EAFNOSUPPORT},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(filtered({.runs_programs = true}, row.call) == row.error);
        CHECK(filtered({.runs_programs = false}, row.call) == row.error);
    }
}

TEST_CASE("threads, files and sockets are as ever behind the filter") {
    const auto ordinary = [] {
        bool has_run = false;
        std::jthread([&has_run] { has_run = true; }).join();
        if (!has_run) return 1;
        if (::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) return 2;
        for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
            if (::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0) return 3;
        }
        std::ofstream("/dev/null") << "x";
        return 0;
    };
    CHECK(filtered({.runs_programs = false}, ordinary) == 0);
}

TEST_CASE("a program is started, and memory written and executed, only where that is wished for") {
    const auto maps = [] {
        void* const memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return memory == MAP_FAILED ? errno : 0;
    };
    CHECK(filtered({.runs_programs = true}, executes) == 0);
    CHECK(filtered({.runs_programs = true}, maps) == 0);
    if (is_sanitized) return;  // they start one themselves, to look at this one
    CHECK(filtered({.runs_programs = false}, executes) == EPERM);
    CHECK(filtered({.runs_programs = false}, maps) == EPERM);
}

TEST_CASE("files are used as the rules say, and no others") {
    if (FileRules::version() == 0) return;  // this kernel has no Landlock
    const tests::ScratchFolder folder;
    const fs::path ours = folder.path() / "ours";
    const fs::path read = folder.path() / "read";
    const fs::path other = folder.path() / "other";
    for (const auto& place : {ours, read, other}) {
        fs::create_directory(place);
        std::ofstream(place / "file") << "x";
    }
    const auto confine = [&] {
        FileRules rules(FileRules::version(), {.listen_port = 5000});
        rules.allow(ours, FileRules::Access::write);
        rules.allow(read, FileRules::Access::read);
        rules.allow(folder.path() / "absent", FileRules::Access::write);
        rules.enforce();
    };
    const auto opens = [&](const fs::path& path, int flags) {
        return in_a_process(confine, [&] {
            return error_of(::open(path.c_str(), flags | O_CLOEXEC, 0600));  // NOLINT(*-vararg)
        });
    };
    CHECK(opens(ours / "file", O_RDWR | O_TRUNC) == 0);
    CHECK(opens(ours / "new", O_RDWR | O_CREAT) == 0);
    CHECK(opens(read / "file", O_RDONLY) == 0);
    CHECK(opens(read / "file", O_WRONLY) == EACCES);
    CHECK(opens(read / "new", O_RDWR | O_CREAT) == EACCES);
    CHECK(opens(other / "file", O_RDONLY) == EACCES);
    CHECK(in_a_process(confine, [&] {
              return error_of(::symlink("/etc", (ours / "link").c_str()));
          }) == EACCES);
    fs::create_directory(ours / "objects");
    CHECK(in_a_process(confine, [&] {
              return error_of(::link((ours / "file").c_str(), (ours / "objects/file").c_str()));
          }) == 0);
}

TEST_CASE("a data_dir is taken for ours when it is empty or a server has been there") {
    const tests::ScratchFolder folder;
    constexpr uid_t nobody_here = 61184;
    CHECK(is_only_ours(folder.path(), nobody_here));
    CHECK(is_only_ours(folder.path(), ::getuid()));
    fs::create_directory(folder.path() / "lost+found");
    CHECK(is_only_ours(folder.path(), nobody_here));
    std::ofstream(folder.path() / "letter.txt") << "x";
    CHECK(!is_only_ours(folder.path(), nobody_here));
    std::ofstream(folder.path() / "lock") << "1\n";
    CHECK(is_only_ours(folder.path(), nobody_here));
    fs::permissions(folder.path(), fs::perms::others_write, fs::perm_options::add);
    CHECK(!is_only_ours(folder.path(), nobody_here));  // as /tmp
}

}  // namespace xpc::daemon
