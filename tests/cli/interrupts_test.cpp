#include "cli/interrupts.hpp"

#include <chrono>
#include <csignal>

#include <doctest/doctest.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/stop.hpp"

namespace xpc::cli {
namespace {

bool arrives(const base::Stop& stop) {
    const base::Stop never;
    return base::wait(stop.fd(), never, base::in(std::chrono::seconds(5))) == base::Woken::ready;
}

}  // namespace

TEST_CASE("the first signal asks to stop and the second to leave") {
    struct Row {
        int first;
        int second;
    };

    for (const Row& row : {Row{SIGINT, SIGINT}, Row{SIGTERM, SIGINT}, Row{SIGINT, SIGTERM}}) {
        Interrupts interrupts;
        const SignalWatch watch(interrupts);
        CHECK(&interrupts.next() == &interrupts.first);
        ::kill(::getpid(), row.first);
        REQUIRE(arrives(interrupts.first));
        CHECK_FALSE(interrupts.second.requested());
        CHECK(&interrupts.next() == &interrupts.second);
        ::kill(::getpid(), row.second);
        CHECK(arrives(interrupts.second));
    }
}

TEST_CASE("a watch leaves the signals as it found them") {
    sigset_t before{};
    sigset_t after{};
    ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
    {
        Interrupts interrupts;
        const SignalWatch watch(interrupts);
        sigset_t during{};
        ::pthread_sigmask(SIG_SETMASK, nullptr, &during);
        CHECK(::sigismember(&during, SIGINT) == 1);
    }
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(::sigismember(&after, SIGINT) == ::sigismember(&before, SIGINT));
    CHECK(::sigismember(&after, SIGTERM) == ::sigismember(&before, SIGTERM));
}

}  // namespace xpc::cli
