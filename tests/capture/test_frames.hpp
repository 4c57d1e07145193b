#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <linux/if_ether.h>

#include "base/bytes.hpp"
#include "capture/af_packet/raw_frame.hpp"

/// Frames put together by hand, with checksums left 0: filters do not look at them.
namespace xpc::test {

using Bytes = std::vector<std::byte>;

inline void put(Bytes& bytes, std::uint64_t number, std::size_t width) {
    while (width-- > 0)
        bytes.push_back(static_cast<std::byte>(number >> (8 * width)));
}

inline void append(Bytes& bytes, const Bytes& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

/// The first eight bytes of UDP, or twenty of TCP with SYN set.
inline Bytes transport(std::uint8_t protocol, std::uint16_t from, std::uint16_t to) {
    Bytes bytes;
    put(bytes, from, 2);
    put(bytes, to, 2);
    if (protocol == 17) {
        put(bytes, 8U << 16U, 4);
    } else {
        put(bytes, 0x5002ULL << 32U, 8);
        put(bytes, 0, 8);
    }
    return bytes;
}

struct Ipv4 {
    std::uint8_t protocol = 17;
    std::uint16_t from = 40'000;
    std::uint16_t to = 53;
    std::uint32_t source = 0x0A00'0001;
    std::uint32_t destination = 0x0A00'0002;
    std::uint16_t fragment = 0;  ///< flags and offset
    std::uint8_t options = 0;    ///< words
};

inline Bytes ipv4(const Ipv4& packet) {
    Bytes bytes;
    put(bytes, 0x45U + packet.options, 1);
    put(bytes, 0, 1);
    put(bytes, 60, 2);
    put(bytes, 7, 2);
    put(bytes, packet.fragment, 2);
    put(bytes, 64, 1);
    put(bytes, packet.protocol, 1);
    put(bytes, 0, 2);
    put(bytes, packet.source, 4);
    put(bytes, packet.destination, 4);
    for (int i = 0; i < packet.options; ++i)
        put(bytes, 0x0101'0101, 4);
    append(bytes, transport(packet.protocol, packet.from, packet.to));
    return bytes;
}

inline Bytes ipv6(std::uint8_t protocol, std::uint16_t from, std::uint16_t to) {
    Bytes bytes;
    put(bytes, 0x6000'0000, 4);
    put(bytes, 20, 2);
    put(bytes, protocol, 1);
    put(bytes, 64, 1);
    for (const unsigned last : {1U, 2U}) {
        put(bytes, 0x2001'0DB8'0000'0000, 8);
        put(bytes, last, 8);
    }
    append(bytes, transport(protocol, from, to));
    return bytes;
}

inline Bytes tagged(std::uint16_t tag, std::uint16_t type, const Bytes& payload) {
    Bytes bytes;
    put(bytes, tag, 2);
    put(bytes, type, 2);
    append(bytes, payload);
    return bytes;
}

inline Bytes ethernet(std::uint16_t type, const Bytes& payload) {
    Bytes bytes;
    put(bytes, 0x0200'0000'0002, 6);
    put(bytes, 0x0200'0000'0001, 6);
    put(bytes, type, 2);
    append(bytes, payload);
    return bytes;
}

inline capture::af_packet::RawFrame raw(const Bytes& bytes) {
    return {.bytes = bytes, .wire_bytes = static_cast<std::uint32_t>(bytes.size())};
}

inline capture::af_packet::RawFrame raw_tagged(const Bytes& bytes, std::uint16_t tag,
                                               std::uint16_t tpid = ETH_P_8021Q) {
    auto frame = raw(bytes);
    frame.tagged = true;
    frame.vlan_tci = tag;
    frame.vlan_tpid = tpid;
    return frame;
}

}  // namespace xpc::test
