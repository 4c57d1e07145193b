#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "capture/af_packet/raw_frame.hpp"

namespace xpc::capture::af_packet {

/// Frames as a file shows them, that are shown together: one by one each would cost a call, and
/// what the callee has to look up again.
/// Lifetime: borrows from the ring's block.
class FrameBatch {
public:
    [[nodiscard]] bool is_full() const noexcept { return count_ == frames_.size(); }

    [[nodiscard]] std::span<const pcap::FrameView> frames() const noexcept {
        return std::span(frames_).first(count_);
    }

    void clear() noexcept { count_ = 0; }

    /// A frame to which nothing is added. Not when it is full.
    void add(std::span<const std::byte> bytes, std::uint32_t wire_bytes, base::WallTime when,
             std::uint32_t snaplen, std::uint64_t number) noexcept {
        // in place, member by member: docs/decisions/0018
        pcap::FrameView& frame = frames_[count_++];
        const std::size_t captured = std::min<std::size_t>(bytes.size(), snaplen);
        frame.pieces[0] = bytes.first(captured);
        frame.pieces[1] = {};
        frame.pieces[2] = {};
        frame.captured_bytes = static_cast<std::uint32_t>(captured);
        frame.wire_bytes = wire_bytes;
        frame.when = when;
        frame.number = number;
    }

    /// Any frame, as view() shows it. Not when it is full.
    void add(const RawFrame& raw, pcap::LinkType link_type, std::uint32_t snaplen,
             std::uint64_t number) noexcept {
        if (!needs_added(raw.tagged, link_type)) {
            return add(raw.bytes, raw.wire_bytes, raw.when(), snaplen, number);
        }
        pcap::FrameView& frame = frames_[count_];
        frame = view(raw, link_type, snaplen, added_[count_]);
        frame.number = number;
        ++count_;
    }

private:
    static constexpr std::size_t most = 64;  // 7 KiB with what is added: a part of the first cache

    std::array<pcap::FrameView, most> frames_;
    std::array<AddedBytes, most> added_{};
    std::size_t count_ = 0;
};

}  // namespace xpc::capture::af_packet
