#pragma once

#include <cstdint>

namespace xpc::pcap {

// The blocks of pcapng as they lie in a file. Source: draft-ietf-opsawg-pcapng, section 4.

inline constexpr std::uint32_t section_header_block = 0x0A0D0D0A;  // 4.1; reads the same both ways
inline constexpr std::uint32_t interface_description_block = 1;    // 4.2
inline constexpr std::uint32_t interface_statistics_block = 5;     // 4.6
inline constexpr std::uint32_t enhanced_packet_block = 6;          // 4.3
inline constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;      // 4.1

/// Every block begins with these, and ends with total_length once more.
struct BlockHeader {
    std::uint32_t type;
    std::uint32_t total_length;
};

static_assert(sizeof(BlockHeader) == 8);

struct SectionHeader {
    std::uint32_t byte_order;
    std::uint16_t version_major;
    std::uint16_t version_minor;
    std::uint32_t section_length_low;  ///< with the next: -1 is unknown
    std::uint32_t section_length_high;
};

static_assert(sizeof(SectionHeader) == 16);

struct InterfaceHeader {
    std::uint16_t link_type;
    std::uint16_t reserved;
    std::uint32_t snaplen;
};

static_assert(sizeof(InterfaceHeader) == 8);

struct StatisticsHeader {
    std::uint32_t interface_id;
    std::uint32_t timestamp_high;
    std::uint32_t timestamp_low;
};

static_assert(sizeof(StatisticsHeader) == 12);

struct EnhancedPacketHeader {
    std::uint32_t type;
    std::uint32_t total_length;
    std::uint32_t interface_id;
    std::uint32_t timestamp_high;
    std::uint32_t timestamp_low;
    std::uint32_t captured_bytes;
    std::uint32_t wire_bytes;
};

static_assert(sizeof(EnhancedPacketHeader) == 28);

/// Option codes; `section`, `interface` and `statistics` have numbers of their own.
namespace option {
inline constexpr std::uint16_t end = 0;      // 3.5
inline constexpr std::uint16_t comment = 1;  // 3.5
// 4.1
inline constexpr std::uint16_t section_hardware = 2;
inline constexpr std::uint16_t section_os = 3;
inline constexpr std::uint16_t section_application = 4;
// 4.2
inline constexpr std::uint16_t interface_name = 2;
inline constexpr std::uint16_t interface_resolution = 9;
inline constexpr std::uint16_t interface_filter = 11;
inline constexpr std::uint16_t interface_os = 12;
// 4.6
inline constexpr std::uint16_t statistics_start = 2;
inline constexpr std::uint16_t statistics_end = 3;
inline constexpr std::uint16_t statistics_received = 4;
inline constexpr std::uint16_t statistics_dropped = 5;
inline constexpr std::uint16_t statistics_accepted = 6;
inline constexpr std::uint16_t statistics_os_dropped = 7;
inline constexpr std::uint16_t statistics_delivered = 8;
}  // namespace option

}  // namespace xpc::pcap
