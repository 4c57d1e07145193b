#include "base/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

constexpr std::size_t most_output = std::size_t{64} << 10U;

/// A child, which does not outlive this.
class Child {
public:
    Child(const std::string& command, Fd output) {
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output.raw(), STDOUT_FILENO);
        std::array<std::string, 3> words{"sh", "-c", command};
        std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
        const int failed =
            ::posix_spawn(&id_, "/bin/sh", &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed != 0) throw Failure::from_errno("starting /bin/sh", failed);
    }

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;

    ~Child() {
        if (id_ == 0) return;
        ::kill(id_, SIGKILL);
        wait();
    }

    /// The status of waitpid(2).
    int wait() {
        int status = 0;
        while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
        }
        id_ = 0;
        return status;
    }

private:
    pid_t id_ = 0;
};

}  // namespace

std::string output_of(const std::string& command, const Stop& stop, Deadline deadline) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Failure::from_errno("pipe", errno);
    const auto from_child = UniqueFd::adopt(ends[0]);
    auto to_us = UniqueFd::adopt(ends[1]);
    Child child(command, to_us);
    to_us.reset();
    std::string output;
    for (;;) {
        switch (wait(from_child, stop, deadline)) {
            case Woken::ready:
                break;
            case Woken::stopped:
                throw Failure(Errc::cancelled, "cancelled");
            case Woken::deadline:
                throw Failure(Errc::timeout, "the command did not end in time");
        }
        std::array<char, 4096> piece{};
        const auto got = ::read(from_child.raw(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Failure::from_errno("reading from the command", errno);
        if (got == 0) break;
        output.append(piece.data(), static_cast<std::size_t>(got));
        if (output.size() > most_output) {
            throw Failure(Errc::io, "the command writes more than 64 KiB");
        }
    }
    const int status = child.wait();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
    throw Failure(Errc::io, WIFEXITED(status)
                                ? text("the command exited with ", WEXITSTATUS(status))
                                : text("the command was ended by signal ", WTERMSIG(status)));
}

}  // namespace xpc::base
