#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace xpc::capture::af_packet {

/// The header in front of each packet of a cooked capture; numbers are big-endian.
/// Source: https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
struct Sll2Header {
    std::uint16_t protocol;
    std::uint16_t reserved;
    std::uint32_t interface_index;
    std::uint16_t hardware_type;
    std::uint8_t packet_type;
    std::uint8_t address_length;
    std::array<std::uint8_t, 8> address;
};

static_assert(sizeof(Sll2Header) == 20);

}  // namespace xpc::capture::af_packet
