#include "base/stop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <vector>

#include <poll.h>

#include "base/error.hpp"

namespace xpc::base {

namespace {

/// The first of `watched` is for the stop.
Woken wait_for(std::span<pollfd> watched, const Stop& stop, Deadline deadline) {
    using std::chrono::nanoseconds;
    watched[0] = {.fd = stop.fd().raw(), .events = POLLIN, .revents = 0};
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
        if (ready > 0 && watched[0].revents == 0) return Woken::ready;
        if (ready == 0) return Woken::deadline;
    }
}

}  // namespace

Woken wait(Fd fd, const Stop& stop, Deadline deadline) {
    return wait(std::span(&fd, 1), stop, deadline);
}

Woken wait(std::initializer_list<Fd> fds, const Stop& stop, Deadline deadline) {
    return wait(std::span(fds.begin(), fds.size()), stop, deadline);
}

Woken wait(std::span<const Fd> fds, const Stop& stop, Deadline deadline) {
    std::array<pollfd, 8> usual{};
    std::vector<pollfd> many;
    std::span<pollfd> watched = usual;
    if (fds.size() >= usual.size()) {
        many.resize(fds.size() + 1);
        watched = many;
    }
    std::size_t count = 1;
    for (const Fd fd : fds)
        watched[count++] = {.fd = fd.raw(), .events = POLLIN, .revents = 0};
    return wait_for(watched.first(count), stop, deadline);
}

Woken wait_writable(Fd fd, bool also_readable, const Stop& stop, Deadline deadline) {
    std::array<pollfd, 2> watched{};
    const auto events = static_cast<short>(POLLOUT | (also_readable ? POLLIN : 0));
    watched[1] = {.fd = fd.raw(), .events = events, .revents = 0};
    return wait_for(watched, stop, deadline);
}

}  // namespace xpc::base
