#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace xpc::bench {

/// Which numbered frames a capture file holds.
class Tally {
public:
    /// `nanoseconds` since the Unix epoch, as the file has it. Frames without a number are counted
    /// apart.
    void take(std::span<const std::byte> frame, std::int64_t nanoseconds);

    /// The file ends within a packet.
    void cut() noexcept { cut_ = true; }

    [[nodiscard]] std::string json() const;

private:
    void take_number(std::uint64_t number);

    std::vector<std::uint64_t> seen_;  ///< one bit for each number
    std::uint64_t numbered_ = 0;
    std::uint64_t other_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t disorder_ = 0;
    std::uint64_t captured_bytes_ = 0;
    std::uint64_t lowest_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t highest_ = 0;
    std::int64_t first_time_ = 0;
    std::int64_t last_time_ = 0;
    bool cut_ = false;
};

}  // namespace xpc::bench
