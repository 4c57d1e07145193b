#include "base/stop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include <poll.h>
#include <sys/eventfd.h>

#include "base/error.hpp"

namespace xpc::base {

Stop::Stop() : event_(UniqueFd::adopt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
    if (!event_.valid()) throw Failure::from_errno("eventfd", errno);
}

void Stop::request() noexcept {
    requested_.store(true);
    const std::uint64_t one = 1;
    // fails only when the counter would overflow, and then it is readable already
    [[maybe_unused]] const auto written = ::write(event_.raw(), &one, sizeof one);
}

Woken wait(Fd fd, const Stop& stop, Deadline deadline) {
    using std::chrono::nanoseconds;
    std::array<pollfd, 2> watched{pollfd{.fd = stop.fd().raw(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = fd.raw(), .events = POLLIN, .revents = 0}};
    for (;;) {
        if (stop.requested()) return Woken::stopped;
        std::timespec left{};
        if (deadline != never) {
            const auto rest =
                std::max(nanoseconds(0), nanoseconds(deadline - Deadline::clock::now()));
            left.tv_sec = static_cast<std::time_t>(rest.count() / 1'000'000'000);
            left.tv_nsec = static_cast<long>(rest.count() % 1'000'000'000);
        }
        const int ready =
            ::ppoll(watched.data(), watched.size(), deadline == never ? nullptr : &left, nullptr);
        if (ready < 0 && errno != EINTR) throw Failure::from_errno("ppoll", errno);
        if (stop.requested()) return Woken::stopped;
        if (ready > 0 && watched[1].revents != 0) return Woken::ready;
        if (ready == 0) return Woken::deadline;
    }
}

}  // namespace xpc::base
