#include "daemon/dir_lock.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::daemon;
using namespace std::chrono_literals;

namespace {

/// A process that sleeps, and is ended with this.
class Sleeper {
public:
    explicit Sleeper(std::string seconds) {
        std::string program = "sleep";
        const std::array<char*, 3> arguments{program.data(), seconds.data(), nullptr};
        REQUIRE(::posix_spawnp(&id_, "sleep", nullptr, nullptr, arguments.data(), environ) == 0);
    }

    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    Sleeper(Sleeper&&) = delete;
    Sleeper& operator=(Sleeper&&) = delete;

    ~Sleeper() { end(); }

    /// Returns: its number, which no process has any more.
    pid_t end() {
        const auto id = id_;
        if (id_ != 0) {
            ::kill(id_, SIGKILL);
            ::waitpid(id_, nullptr, 0);
        }
        id_ = 0;
        return id;
    }

    [[nodiscard]] bool is_killed_within(std::chrono::milliseconds most) {
        const base::Stop nobody;
        const auto last = base::in(most);
        int status = 0;
        while (::waitpid(id_, &status, WNOHANG) == 0) {
            if (base::Deadline::clock::now() > last) return false;
            (void)base::wait({}, nobody, base::in(5ms));
        }
        id_ = 0;
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }

private:
    pid_t id_ = 0;
};

base::UniqueFd take(const std::filesystem::path& path, std::chrono::milliseconds patience) {
    return take_dir_lock(path, "worker", Inherited::yes, patience);
}

base::Error refusal_to_take(const std::filesystem::path& path) {
    try {
        (void)take(path, 10s);
    } catch (const base::Failure& failure) {
        return failure.error();
    }
    return {};
}

/// As if the process that held it were gone.
void forget_holder(const std::filesystem::path& path) {
    Sleeper gone("60");
    std::ofstream(path) << gone.end() << '\n';
}

}  // namespace

TEST_CASE("a lock that a living process has is refused at once, with its number") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "worker.lock";
    const auto lock = take(path, 10s);
    const auto began = base::Deadline::clock::now();
    const auto error = refusal_to_take(path);
    CHECK(error.errc == base::Errc::in_use);
    CHECK(error.message.contains(std::to_string(::getpid())));
    CHECK(error.message.contains("another xepacketcap worker"));
    CHECK(base::Deadline::clock::now() - began < 5s);
}

TEST_CASE("what a holder that is gone had started is waited for") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "worker.lock";
    auto lock = take(path, 10s);
    const Sleeper command("0.4");
    forget_holder(path);
    lock.reset();
    const auto began = base::Deadline::clock::now();
    CHECK(take(path, 10s).valid());
    CHECK(base::Deadline::clock::now() - began > 100ms);
}

TEST_CASE("what a holder that is gone had started, and does not end, is ended") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "worker.lock";
    auto lock = take(path, 10s);
    Sleeper command("60");
    forget_holder(path);
    lock.reset();
    CHECK(take(path, 50ms).valid());
    CHECK(command.is_killed_within(5s));
}

TEST_CASE("a lock that nobody inherits ends with its holder's descriptor") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "lock";
    auto lock = take_dir_lock(path, "server", Inherited::no, 10s);
    const Sleeper command("60");
    lock.reset();
    CHECK(take_dir_lock(path, "server", Inherited::no, 10s).valid());
}
