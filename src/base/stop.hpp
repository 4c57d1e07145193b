#pragma once

#include <atomic>
#include <initializer_list>
#include <span>

#include "base/clock.hpp"
#include "base/wakeup.hpp"

namespace xpc::base {

/// A request to end, which can be polled beside any descriptor. Once requested it stays so.
/// Threads: request() from any thread, and from a signal handler.
class Stop {
public:
    void request() noexcept {
        requested_.store(true);
        event_.ring();
    }

    [[nodiscard]] bool requested() const noexcept { return requested_.load(); }

    /// Readable from the moment of the request on.
    [[nodiscard]] Fd fd() const noexcept { return event_.fd(); }

private:
    Wakeup event_;
    std::atomic<bool> requested_ = false;
};

enum class Woken { ready, stopped, deadline };

/// Blocks until `fd` is readable (or in error), `stop` is requested, or `deadline` has passed. A
/// request to stop goes before readiness. An invalid `fd` waits for the other two.
[[nodiscard]] Woken wait(Fd fd, const Stop& stop, Deadline deadline);

/// Likewise, until any of `fds` is readable.
[[nodiscard]] Woken wait(std::span<const Fd> fds, const Stop& stop, Deadline deadline);
[[nodiscard]] Woken wait(std::initializer_list<Fd> fds, const Stop& stop, Deadline deadline);

/// Likewise, until `fd` is writable, or readable too where `also_readable`.
[[nodiscard]] Woken wait_writable(Fd fd, bool also_readable, const Stop& stop, Deadline deadline);

}  // namespace xpc::base
