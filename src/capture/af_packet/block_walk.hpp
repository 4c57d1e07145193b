#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "capture/af_packet/sll2.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture::af_packet {

/// Frames of one retired TPACKET_V3 block, in arrival order.
/// Shape:    as pcap::FrameView says; a stripped VLAN tag has been put back, a cooked frame has its
///           header in front; no frame has more than `snaplen` bytes.
/// Lifetime: a frame borrows from the block and from the walk, and is gone with the next one.
/// Source:   linux/if_packet.h, Documentation/networking/packet_mmap.rst (6.1)
class BlockWalk {
public:
    BlockWalk(std::span<const std::byte> block, pcap::LinkType link_type, std::uint32_t snaplen);

    /// Nothing after the last frame.
    /// Errors: corrupt, when an offset or a length leaves the block.
    [[nodiscard]] base::Result<std::optional<pcap::FrameView>> next();

    /// Frames that the block says it has and that next() has not given yet.
    [[nodiscard]] std::uint32_t remaining() const noexcept { return remaining_; }

private:
    std::span<const std::byte> block_;
    pcap::LinkType link_type_;
    std::uint32_t snaplen_;
    std::uint32_t remaining_ = 0;
    std::size_t offset_ = 0;
    std::array<std::byte, 4> vlan_tag_{};
    std::array<std::byte, sizeof(Sll2Header) + 4> cooked_{};
};

}  // namespace xpc::capture::af_packet
