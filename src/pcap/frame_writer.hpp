#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pcap/file_format.hpp"
#include "pcap/frame.hpp"

namespace xpc::pcap {

/// Encodes frames as the records of a file, in this machine's byte order.
/// Source: draft-ietf-opsawg-pcapng, 4.3 (Enhanced Packet Block); draft-ietf-opsawg-pcap, 5.
class FrameWriter {
public:
    /// `interface_id` counts the file's interfaces from 0; a classic file has only that one.
    FrameWriter(FileFormat format, std::uint32_t interface_id) noexcept
        : format_(format), interface_id_(interface_id) {}

    [[nodiscard]] FileFormat format() const noexcept { return format_; }

    [[nodiscard]] std::uint32_t interface_id() const noexcept { return interface_id_; }

    [[nodiscard]] std::size_t record_bytes(const FrameView& frame) const noexcept {
        if (format_ != FileFormat::pcapng) return pcap_header_bytes + frame.captured_bytes;
        constexpr std::size_t unit = 4;  // blocks are padded to 32 bits
        return packet_header_bytes + (frame.captured_bytes + unit - 1) / unit * unit +
               packet_trailer_bytes;
    }

    /// `out` has record_bytes(frame).
    void write_record(std::span<std::byte> out, const FrameView& frame) const noexcept;

private:
    static constexpr std::size_t pcap_header_bytes = 16;
    static constexpr std::size_t packet_header_bytes = 28;
    static constexpr std::size_t packet_trailer_bytes = 4;

    FileFormat format_;
    std::uint32_t interface_id_;
};

}  // namespace xpc::pcap
