#pragma once

#include <chrono>
#include <cstdint>

namespace xpc::bench {

/// When the next frames are due, at a steady rate.
class Pace {
public:
    using Clock = std::chrono::steady_clock;

    /// `rate` in frames a second; 0 stands for as fast as it goes.
    Pace(std::uint64_t rate, Clock::time_point start) noexcept : rate_(rate), start_(start) {}

    /// As many frames as are sent in one go: 50 µs worth of them, so that what a program gets looks
    /// like a stream; from 1 to `most`.
    [[nodiscard]] std::uint64_t batch(std::uint64_t most) const noexcept;

    /// Blocks until frame `number` is due (or a signal arrives), and returns the time. A sender
    /// that is up to 10 ms behind catches up; more than that is not made up for, since it would
    /// come as a burst that nobody asked for.
    Clock::time_point wait_for(std::uint64_t number) noexcept;

private:
    std::uint64_t rate_;
    Clock::time_point start_;
};

}  // namespace xpc::bench
