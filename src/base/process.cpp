#include "base/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

constexpr std::size_t most_output = std::size_t{64} << 10U;

/// A child, which does not outlive this, and neither do its children.
class Child {
public:
    /// `errors`: where standard error goes; ours where it is not valid.
    Child(const std::vector<std::string>& words, Fd output, Fd errors) {
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (const std::string& word : words) {
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): execve(2) does not write to it
            arguments.push_back(const_cast<char*>(word.c_str()));
        }
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output.raw(), STDOUT_FILENO);
        if (errors.valid()) {
            ::posix_spawn_file_actions_adddup2(&actions, errors.raw(), STDERR_FILENO);
        }
        posix_spawnattr_t attributes;
        ::posix_spawnattr_init(&attributes);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        const int failed = ::posix_spawnp(&id_, arguments.front(), &actions, &attributes,
                                          arguments.data(), environ);
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed == ENOENT) {
            throw Failure(Errc::not_ready, text(words.front(), ": there is no such program"));
        }
        if (failed != 0) throw Failure::from_errno("starting " + words.front(), failed);
    }

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;

    ~Child() {
        if (id_ == 0) return;
        ::kill(-id_, SIGKILL);
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

struct Pipe {
    UniqueFd from;
    UniqueFd to;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Failure::from_errno("pipe", errno);
    return {.from = UniqueFd::adopt(ends[0]), .to = UniqueFd::adopt(ends[1])};
}

std::string read_all(Fd from, std::size_t most_bytes, const Stop& stop, Deadline deadline) {
    std::string output;
    for (;;) {
        switch (wait(from, stop, deadline)) {
            case Woken::ready:
                break;
            case Woken::stopped:
                throw Failure(Errc::cancelled, "cancelled");
            case Woken::deadline:
                throw Failure(Errc::timeout, "the command did not end in time");
        }
        std::array<char, 4096> piece{};
        const auto got = ::read(from.raw(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Failure::from_errno("reading from the command", errno);
        if (got == 0) return output;
        output.append(piece.data(), static_cast<std::size_t>(got));
        if (output.size() > most_bytes) {
            throw Failure(Errc::io,
                          text("the command writes more than ", most_bytes >> 10U, " KiB"));
        }
    }
}

}  // namespace

std::string output_of(const std::string& command, const Stop& stop, Deadline deadline) {
    Pipe pipe = make_pipe();
    Child child({"/bin/sh", "-c", command}, pipe.to, Fd());
    pipe.to.reset();
    auto output = read_all(pipe.from, most_output, stop, deadline);
    const int status = child.wait();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
    throw Failure(Errc::io, WIFEXITED(status)
                                ? text("the command exited with ", WEXITSTATUS(status))
                                : text("the command was ended by signal ", WTERMSIG(status)));
}

std::string all_output_of(const std::vector<std::string>& words, std::size_t most_bytes,
                          const Stop& stop, Deadline deadline) {
    Pipe pipe = make_pipe();
    const Child child(words, pipe.to, pipe.to);
    pipe.to.reset();
    auto output = read_all(pipe.from, most_bytes, stop, deadline);
    // It closed its output, and so ends in this moment; if it does not, it is ended.
    return output;
}

}  // namespace xpc::base
