#include "capture/af_packet/block_walk.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/bytes.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::load;

// sockaddr_ll follows the header, aligned (packet_mmap.rst, "Ring setup")
constexpr std::size_t address_offset =
    (sizeof(tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;
constexpr std::size_t smallest_frame = address_offset + sizeof(sockaddr_ll);

/// In place, member by member: a frame that is put together first and copied then makes the copy
/// wait for the stores that made it, which is a fifth of what a short frame costs.
void set(RawFrame& frame, const tpacket3_hdr& header, const sockaddr_ll& from,
         std::span<const std::byte> bytes) noexcept {
    frame.bytes = bytes;
    frame.wire_bytes = header.tp_len;
    frame.interface_index = static_cast<std::uint32_t>(from.sll_ifindex);
    frame.protocol = base::to_big_endian(from.sll_protocol);  // big-endian (packet(7))
    frame.hardware_type = from.sll_hatype;
    frame.packet_type = from.sll_pkttype;
    frame.tagged = (header.tp_status & TP_STATUS_VLAN_VALID) != 0;
    frame.hardware_time = (header.tp_status & TP_STATUS_TS_RAW_HARDWARE) != 0;
    frame.address_length = from.sll_halen;
    frame.address = std::to_array(from.sll_addr);
    frame.seconds = header.tp_sec;
    frame.nanoseconds = header.tp_nsec;
    frame.vlan_tci = 0;
    frame.vlan_tpid = 0;
    if (!frame.tagged) return;
    frame.vlan_tci = static_cast<std::uint16_t>(header.hv1.tp_vlan_tci);
    frame.vlan_tpid =
        (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? header.hv1.tp_vlan_tpid : ETH_P_8021Q;
}

}  // namespace

BlockWalk::BlockWalk(std::span<const std::byte> block) noexcept : block_(block) {
    if (block.size() < sizeof(tpacket_block_desc)) return;
    const auto descriptor = load<tpacket_block_desc>(block);
    remaining_ = descriptor.hdr.bh1.num_pkts;
    offset_ = descriptor.hdr.bh1.offset_to_first_pkt;
}

BlockWalk::Step BlockWalk::next() noexcept {
    if (!fault_.empty()) return Step::corrupt;
    if (remaining_ == 0) return Step::end;
    if (offset_ > block_.size() || block_.size() - offset_ < smallest_frame) {
        return leaves("ring block: a frame's header leaves the block");
    }
    if (offset_ % alignof(tpacket3_hdr) != 0) {
        return leaves("ring block: a frame's header lies askew");
    }
    const auto rest = block_.subspan(offset_);
    // read where it is: to copy header and address first takes a fifth of a short frame's time
    const auto& header = *reinterpret_cast<const tpacket3_hdr*>(rest.data());
    if (header.tp_mac < smallest_frame || header.tp_mac > rest.size() ||
        rest.size() - header.tp_mac < header.tp_snaplen) {
        return leaves("ring block: a frame leaves the block");
    }
    if (remaining_ > 1 && header.tp_next_offset == 0) {
        return leaves("ring block: the chain of frames leaves the block");
    }
    set(raw_, header, *reinterpret_cast<const sockaddr_ll*>(rest.data() + address_offset),
        rest.subspan(header.tp_mac, header.tp_snaplen));
    --remaining_;
    offset_ += header.tp_next_offset;
    return Step::frame;
}

BlockWalk::Step BlockWalk::leaves(std::string_view fault) noexcept {
    fault_ = fault;
    return Step::corrupt;
}

}  // namespace xpc::capture::af_packet
