#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "pcap/frame.hpp"
#include "sink/part_pool.hpp"

namespace xpc::job {

/// Reads frames back from the slices that a lane encoded them into: Enhanced Packet Blocks, one
/// after the other, also across slices.
/// Threads: one.
class SliceReader {
public:
    void add(std::vector<sink::PartSlice> slices);

    /// The oldest frame; nothing where there is no whole one. It borrows from the reader, until
    /// pop().
    [[nodiscard]] const pcap::FrameView* front();

    void pop();

private:
    [[nodiscard]] bool copy(std::span<std::byte> out) const;
    [[nodiscard]] std::size_t available() const;

    std::deque<sink::PartSlice> slices_;  ///< their beginnings move as frames are read
    std::vector<std::byte> scratch_;      ///< a frame that lies across slices
    std::optional<pcap::FrameView> front_;
    std::size_t front_bytes_ = 0;
};

}  // namespace xpc::job
