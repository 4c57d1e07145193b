#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "capture/af_packet/sll2.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture::af_packet {

/// The time of a frame, as a ring's header has it: since the Unix epoch.
[[nodiscard]] inline base::WallTime ring_time(std::uint32_t seconds,
                                              std::uint32_t nanoseconds) noexcept {
    return base::WallTime(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

/// A frame as the kernel shows it to the filter of a packet socket, and its time.
/// Shape:    `bytes` lacks the VLAN tag that the kernel has taken off, and on a SOCK_DGRAM socket
///           the link's header; it is cut to what the kernel's filter returned, `wire_bytes` is
///           not. Numbers are in host order, but for `address`.
/// Lifetime: `bytes` borrows from the ring's block.
/// Source:   packet(7), linux/if_packet.h
struct RawFrame {
    std::span<const std::byte> bytes;
    std::uint32_t wire_bytes = 0;
    std::uint32_t interface_index = 0;
    std::uint16_t protocol = 0;       ///< of the payload, behind the tag (linux/if_ether.h)
    std::uint16_t hardware_type = 0;  ///< linux/if_arp.h
    std::uint16_t vlan_tci = 0;       ///< 0 without a tag
    std::uint16_t vlan_tpid = 0;      ///< likewise
    std::uint8_t packet_type = 0;     ///< PACKET_HOST .. PACKET_OUTGOING
    bool tagged = false;              ///< the kernel has taken a tag off
    bool hardware_time = false;       ///< the network card's clock gave the time, not the kernel's
    std::uint8_t address_length = 0;  ///< of the sender's, which may be longer than what is here
    std::array<std::uint8_t, 8> address{};
    std::uint32_t seconds = 0;  ///< since the Unix epoch
    std::uint32_t nanoseconds = 0;

    [[nodiscard]] base::WallTime when() const noexcept { return ring_time(seconds, nanoseconds); }
};

/// Room for what view() puts into a frame: a tag, or a cooked header with one.
using AddedBytes = std::array<std::byte, sizeof(Sll2Header) + 4>;

/// The frame as a file shows it: with the VLAN tag put back, with the cooked header in front where
/// the link type has one, cut to `snaplen` bytes.
/// Lifetime: borrows from the frame's bytes and from `added`, until the next call with it.
[[nodiscard]] pcap::FrameView view(const RawFrame& frame, pcap::LinkType link_type,
                                   std::uint32_t snaplen, AddedBytes& added) noexcept;

/// Whether the file shows more of a frame than what the kernel gives.
[[nodiscard]] inline bool needs_added(bool is_tagged, pcap::LinkType link_type) noexcept {
    return is_tagged || link_type == pcap::LinkType::linux_sll2;
}

}  // namespace xpc::capture::af_packet
