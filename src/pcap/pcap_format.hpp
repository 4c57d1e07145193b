#pragma once

#include <cstdint>

namespace xpc::pcap {

// The classic format as it lies in a file. Source: draft-ietf-opsawg-pcap, sections 4 and 5.

inline constexpr std::uint32_t magic_microseconds = 0xA1B2C3D4;
inline constexpr std::uint32_t magic_nanoseconds = 0xA1B23C4D;

struct FileHeader {
    std::uint32_t magic;
    std::uint16_t version_major;
    std::uint16_t version_minor;
    std::uint32_t reserved1;
    std::uint32_t reserved2;
    std::uint32_t snaplen;
    std::uint32_t link_type;
};

static_assert(sizeof(FileHeader) == 24);

struct RecordHeader {
    std::uint32_t seconds;
    std::uint32_t fraction;
    std::uint32_t captured_bytes;
    std::uint32_t wire_bytes;
};

static_assert(sizeof(RecordHeader) == 16);

}  // namespace xpc::pcap
