#include "capture/af_packet/block_walk.hpp"

#include <linux/if_ether.h>

#include "base/bytes.hpp"

namespace xpc::capture::af_packet {

BlockWalk::BlockWalk(std::span<const std::byte> block) noexcept : block_(block) {
    if (block.size() < sizeof(tpacket_block_desc)) return;
    const auto descriptor = base::load<tpacket_block_desc>(block);
    remaining_ = descriptor.hdr.bh1.num_pkts;
    offset_ = descriptor.hdr.bh1.offset_to_first_pkt;
}

RawFrame BlockWalk::raw() const noexcept {
    const auto* const at = reinterpret_cast<const std::byte*>(header_);
    const auto& from = *reinterpret_cast<const sockaddr_ll*>(at + address_offset);
    const bool has_tpid = (header_->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    RawFrame frame{};
    frame.bytes = bytes_;
    frame.wire_bytes = header_->tp_len;
    frame.interface_index = static_cast<std::uint32_t>(from.sll_ifindex);
    frame.protocol = base::to_big_endian(from.sll_protocol);  // big-endian (packet(7))
    frame.hardware_type = from.sll_hatype;
    frame.packet_type = from.sll_pkttype;
    frame.tagged = has_tag();
    frame.hardware_time = (header_->tp_status & TP_STATUS_TS_RAW_HARDWARE) != 0;
    frame.address_length = from.sll_halen;
    frame.address = std::to_array(from.sll_addr);
    frame.seconds = header_->tp_sec;
    frame.nanoseconds = header_->tp_nsec;
    if (frame.tagged) {
        frame.vlan_tci = static_cast<std::uint16_t>(header_->hv1.tp_vlan_tci);
        frame.vlan_tpid = has_tpid ? header_->hv1.tp_vlan_tpid : ETH_P_8021Q;
    }
    return frame;
}

BlockWalk::Step BlockWalk::leaves(std::string_view fault) noexcept {
    fault_ = fault;
    return Step::corrupt;
}

}  // namespace xpc::capture::af_packet
