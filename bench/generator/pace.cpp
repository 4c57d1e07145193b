#include "generator/pace.hpp"

#include <algorithm>
#include <ctime>

namespace xpc::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_lag = 10ms;

// A timer fires up to 50 µs late (the default of PR_SET_TIMERSLACK) and the wake-up takes its time:
// the last stretch is spent looking at the clock.
constexpr auto looked_at = 100us;

void sleep_until_about(Pace::Clock::time_point due) {
    const auto since_boot = std::chrono::ceil<std::chrono::nanoseconds>(due.time_since_epoch());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
    const timespec until{.tv_sec = seconds.count(), .tv_nsec = (since_boot - seconds).count()};
    // libstdc++'s steady_clock is CLOCK_MONOTONIC. A signal ends the sleep, as it should.
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace

std::uint64_t Pace::batch(std::uint64_t most) const noexcept {
    constexpr std::uint64_t batches_a_second = 20000;
    return rate_ == 0 ? most : std::clamp<std::uint64_t>(rate_ / batches_a_second, 1, most);
}

Pace::Clock::time_point Pace::wait_for(std::uint64_t number) noexcept {
    auto now = Clock::now();
    if (rate_ == 0) return now;
    // A floating-point nanosecond is exact for 2^53 ns, a hundred days.
    const auto after = std::chrono::duration<double, std::nano>(static_cast<double>(number) * 1e9 /
                                                                static_cast<double>(rate_));
    const auto due = start_ + std::chrono::duration_cast<Clock::duration>(after);
    if (now - due > longest_lag) start_ += now - due - longest_lag;
    if (due - now > looked_at) {
        sleep_until_about(due - looked_at);
        now = Clock::now();
        if (due - now > looked_at) return now;
    }
    while (now < due)
        now = Clock::now();
    return now;
}

}  // namespace xpc::bench
