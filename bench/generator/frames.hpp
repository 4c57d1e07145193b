#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "generator/numbered.hpp"

namespace xpc::bench {

/// The frames to send, by their number: frame n belongs to flow n modulo `flows`, and has size n
/// modulo the number of sizes.
/// Shape: flow f goes from 10.99.x.y, port 10000 + f, to 10.98.x.y, port 9999, where x.y is f + 1:
///        a filter for one host, source or destination, picks one flow.
class Frames {
public:
    static constexpr std::size_t largest = 1514;

    /// Each of `sizes` is from 64 to `largest` bytes, without the frame check sequence.
    Frames(std::vector<std::size_t> sizes, std::uint64_t flows);

    /// Writes the head of frame `number` to the start of `frame`. Returns the frame's size; what is
    /// behind the head is the same in all frames, and left alone.
    std::size_t write(std::uint64_t number, std::span<std::byte, largest> frame) const noexcept;

private:
    using Head = std::array<std::byte, numbered::head_bytes>;

    std::vector<std::size_t> sizes_;
    std::uint64_t flows_;
    std::vector<Head> heads_;  ///< of flow 0 in all sizes, of flow 1 in all sizes, …
};

}  // namespace xpc::bench
