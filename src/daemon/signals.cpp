#include "daemon/signals.hpp"

#include <cerrno>
#include <csignal>

#include <sys/signalfd.h>

#include "base/error.hpp"

namespace xpc::daemon {

Signals::Signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr); error != 0) {
        throw base::Failure::from_errno("pthread_sigmask", error);
    }
    // a client that goes away is an error of write(), not the end of the server
    if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) throw base::Failure::from_errno("signal", errno);
    signals_ = base::UniqueFd::adopt(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.valid()) throw base::Failure::from_errno("signalfd", errno);
}

std::optional<int> Signals::take() {
    signalfd_siginfo info{};
    if (::read(signals_.raw(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

}  // namespace xpc::daemon
