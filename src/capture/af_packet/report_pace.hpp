#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace xpc::capture::af_packet {

/// When the jobs of a tap are told how they stand, and so can pass on what has come. To tell a
/// hundred of them costs as much as some hundred frames do, so it is not behind each block; where
/// much comes in, their memory needs it sooner.
/// Threads: one at a time.
class ReportPace {
public:
    static constexpr std::chrono::milliseconds longest{50};
    static constexpr std::size_t most_blocks = 4;

    /// The next block is waited for, so that nobody has to be woken besides.
    static constexpr std::chrono::milliseconds late{30};

    void block_walked() noexcept { ++blocks_; }

    [[nodiscard]] bool is_due(base::Deadline now) const noexcept {
        return now >= next_ || blocks_ >= most_blocks;
    }

    void told(base::Deadline now) noexcept {
        next_ = now + longest;
        blocks_ = 0;
    }

    /// When they have to be told of what has come; never: of nothing.
    [[nodiscard]] base::Deadline latest() const noexcept {
        return blocks_ == 0 ? base::never : next_ + late;
    }

private:
    base::Deadline next_;
    std::size_t blocks_ = 0;  ///< walked since
};

}  // namespace xpc::capture::af_packet
