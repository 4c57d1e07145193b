#include "cli/interrupts.hpp"

#include <cerrno>

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX has more than C
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"

namespace xpc::cli {
namespace {

// Also where they are ignored: shells start background commands of scripts so, and a script that
// ends a capture with `kill -INT` means it (tcpdump does the same).
sigset_t watched_signals() noexcept {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    return signals;
}

}  // namespace

SignalWatch::SignalWatch(Interrupts& interrupts) : interrupts_(interrupts) {
    const sigset_t signals = watched_signals();
    signals_ = base::UniqueFd::adopt(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.valid()) throw base::Failure::from_errno("signalfd", errno);
    ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
    watcher_ = std::jthread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
    end_.request();
    watcher_.join();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatch::watch() {
    while (base::wait(signals_, end_, base::never) == base::Woken::ready) {
        signalfd_siginfo info{};
        if (::read(signals_.raw(), &info, sizeof info) != ssize_t{sizeof info}) continue;
        if (interrupts_.first.requested()) interrupts_.second.request();
        interrupts_.first.request();
    }
}

void ignore_broken_pipes() noexcept {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, nullptr);
}

}  // namespace xpc::cli
