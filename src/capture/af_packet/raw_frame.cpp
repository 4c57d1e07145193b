#include "capture/af_packet/raw_frame.hpp"

#include <algorithm>

#include <linux/if_ether.h>

#include "base/bytes.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::store;
using base::to_big_endian;

constexpr std::size_t tag_bytes = 4;

/// The cooked header into `added`; its length.
std::size_t put_cooked_header(const RawFrame& frame, AddedBytes& added) noexcept {
    // as on Ethernet: the tag's protocol, then the tag and the protocol that it stood before
    const Sll2Header header{
        .protocol = to_big_endian(frame.tagged ? frame.vlan_tpid : frame.protocol),
        .reserved = 0,
        .interface_index = to_big_endian(frame.interface_index),
        .hardware_type = to_big_endian(frame.hardware_type),
        .packet_type = frame.packet_type,
        .address_length = frame.address_length,
        .address = frame.address};
    store(added.data(), header);
    if (!frame.tagged) return sizeof header;
    store(added.data() + sizeof header, to_big_endian(frame.vlan_tci));
    store(added.data() + sizeof header + 2, to_big_endian(frame.protocol));
    return sizeof header + tag_bytes;
}

/// The pieces cut to `snaplen` bytes altogether.
void fit(pcap::FrameView& frame, std::uint32_t snaplen) noexcept {
    std::size_t left = snaplen;
    for (auto& piece : frame.pieces) {
        piece = piece.first(std::min(left, piece.size()));
        left -= piece.size();
    }
    frame.captured_bytes = static_cast<std::uint32_t>(snaplen - left);
}

}  // namespace

pcap::FrameView view(const RawFrame& frame, pcap::LinkType link_type, std::uint32_t snaplen,
                     AddedBytes& added) noexcept {
    constexpr std::size_t addresses = 2 * std::size_t{ETH_ALEN};
    pcap::FrameView shown{.pieces = {frame.bytes},
                          .captured_bytes = 0,
                          .wire_bytes = frame.wire_bytes,
                          .when = frame.when()};
    if (link_type == pcap::LinkType::linux_sll2) {
        const std::size_t length = put_cooked_header(frame, added);
        shown.pieces = {std::span<const std::byte>(added).first(length), frame.bytes, {}};
        shown.wire_bytes += static_cast<std::uint32_t>(length);
    } else if (link_type == pcap::LinkType::ethernet && frame.tagged &&
               frame.bytes.size() >= addresses) {
        store(added.data(), to_big_endian(frame.vlan_tpid));
        store(added.data() + 2, to_big_endian(frame.vlan_tci));
        shown.pieces = {frame.bytes.first(addresses),
                        std::span<const std::byte>(added).first(tag_bytes),
                        frame.bytes.subspan(addresses)};
        shown.wire_bytes += static_cast<std::uint32_t>(tag_bytes);
    }
    fit(shown, snaplen);
    return shown;
}

}  // namespace xpc::capture::af_packet
