#pragma once

#include <atomic>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace xpc::base {

/// A request to end, which can be polled beside any descriptor. Once requested it stays so.
/// Threads: request() from any thread, and from a signal handler.
class Stop {
public:
    Stop();

    void request() noexcept;

    [[nodiscard]] bool requested() const noexcept { return requested_.load(); }

    /// Readable from the moment of the request on.
    [[nodiscard]] Fd fd() const noexcept { return event_; }

private:
    UniqueFd event_;
    std::atomic<bool> requested_ = false;
};

enum class Woken { ready, stopped, deadline };

/// Blocks until `fd` is readable (or in error), `stop` is requested, or `deadline` has passed. A
/// request to stop goes before readiness. An invalid `fd` waits for the other two.
[[nodiscard]] Woken wait(Fd fd, const Stop& stop, Deadline deadline);

}  // namespace xpc::base
