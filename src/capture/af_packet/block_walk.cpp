#include "capture/af_packet/block_walk.hpp"

#include <algorithm>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/bytes.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::load;
using base::store;
using base::to_big_endian;

// sockaddr_ll follows the header, aligned (packet_mmap.rst, "Ring setup")
constexpr std::size_t address_offset =
    (sizeof(tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;
constexpr std::size_t smallest_frame = address_offset + sizeof(sockaddr_ll);

std::unexpected<base::Error> leaves(const char* what) {
    return base::refuse(base::Errc::corrupt,
                        std::string("ring block: ") + what + " leaves the block");
}

std::uint16_t tag_protocol(const tpacket3_hdr& header) {
    return (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? header.hv1.tp_vlan_tpid
                                                               : std::uint16_t{ETH_P_8021Q};
}

/// The pieces cut to `snaplen` bytes altogether.
void fit(pcap::FrameView& frame, std::uint32_t snaplen) {
    std::size_t left = snaplen;
    std::size_t total = 0;
    for (auto& piece : frame.pieces) {
        piece = piece.first(std::min(left, piece.size()));
        left -= piece.size();
        total += piece.size();
    }
    frame.captured_bytes = static_cast<std::uint32_t>(total);
}

}  // namespace

BlockWalk::BlockWalk(std::span<const std::byte> block, pcap::LinkType link_type,
                     std::uint32_t snaplen)
    : block_(block), link_type_(link_type), snaplen_(snaplen) {
    if (block.size() < sizeof(tpacket_block_desc)) return;
    const auto descriptor = load<tpacket_block_desc>(block);
    remaining_ = descriptor.hdr.bh1.num_pkts;
    offset_ = descriptor.hdr.bh1.offset_to_first_pkt;
}

base::Result<std::optional<pcap::FrameView>> BlockWalk::next() {
    if (remaining_ == 0) return std::nullopt;
    if (offset_ > block_.size() || block_.size() - offset_ < smallest_frame) {
        return leaves("a frame's header");
    }
    const auto rest = block_.subspan(offset_);
    const auto header = load<tpacket3_hdr>(rest);
    if (header.tp_mac < smallest_frame || header.tp_mac > rest.size() ||
        rest.size() - header.tp_mac < header.tp_snaplen) {
        return leaves("a frame");
    }
    const auto bytes = rest.subspan(header.tp_mac, header.tp_snaplen);
    const bool tagged = (header.tp_status & TP_STATUS_VLAN_VALID) != 0;
    pcap::FrameView frame{.pieces = {bytes},
                          .captured_bytes = 0,
                          .wire_bytes = header.tp_len,
                          .when = base::WallTime(std::chrono::seconds(header.tp_sec) +
                                                 std::chrono::nanoseconds(header.tp_nsec))};
    if (link_type_ == pcap::LinkType::ethernet) {
        constexpr std::size_t addresses = 2 * std::size_t{ETH_ALEN};
        if (tagged && bytes.size() >= addresses) {
            store(vlan_tag_.data(), to_big_endian(tag_protocol(header)));
            store(vlan_tag_.data() + 2,
                  to_big_endian(static_cast<std::uint16_t>(header.hv1.tp_vlan_tci)));
            frame.pieces = {bytes.first(addresses), vlan_tag_, bytes.subspan(addresses)};
            frame.wire_bytes += static_cast<std::uint32_t>(vlan_tag_.size());
        }
    } else if (link_type_ == pcap::LinkType::linux_sll2) {
        const auto from = load<sockaddr_ll>(rest, address_offset);
        Sll2Header cooked{
            .protocol = from.sll_protocol,  // big-endian already (packet(7))
            .reserved = 0,
            .interface_index = to_big_endian(static_cast<std::uint32_t>(from.sll_ifindex)),
            .hardware_type = to_big_endian(from.sll_hatype),
            .packet_type = from.sll_pkttype,
            .address_length = from.sll_halen,
            .address = std::to_array(from.sll_addr)};
        std::size_t length = sizeof cooked;
        if (tagged) {  // as on Ethernet: the tag's protocol, then the tag and what it stood before
            store(cooked_.data() + length,
                  to_big_endian(static_cast<std::uint16_t>(header.hv1.tp_vlan_tci)));
            store(cooked_.data() + length + 2, cooked.protocol);
            cooked.protocol = to_big_endian(tag_protocol(header));
            length += 4;
        }
        store(cooked_.data(), cooked);
        frame.pieces = {std::span<const std::byte>(cooked_).first(length), bytes, {}};
        frame.wire_bytes += static_cast<std::uint32_t>(length);
    }
    fit(frame, snaplen_);
    --remaining_;
    if (remaining_ > 0 && header.tp_next_offset == 0) {
        remaining_ = 0;
        return leaves("the chain of frames");
    }
    offset_ += header.tp_next_offset;
    return frame;
}

}  // namespace xpc::capture::af_packet
