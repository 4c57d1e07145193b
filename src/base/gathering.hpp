#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace xpc::base {

/// How long who writes for several waits for more of them. Those who came together the last time
/// come together again, each after the other: the first of them alone would have a write of its
/// own, and all the others would wait for it before theirs. One alone never waits.
/// Threads: one at a time.
class Gathering {
public:
    /// So many are worth waiting for.
    [[nodiscard]] std::size_t wanted() const noexcept { return last_count_; }

    /// And no longer: a quarter of what the last write took, 2 ms at most.
    [[nodiscard]] Deadline until(Deadline now) const noexcept {
        constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds(2);
        return now + std::min(last_took_ / 4, longest);
    }

    void note(std::size_t count, std::chrono::nanoseconds took) noexcept {
        last_count_ = count;
        last_took_ = took;
    }

private:
    std::size_t last_count_ = 1;
    std::chrono::nanoseconds last_took_{};
};

}  // namespace xpc::base
