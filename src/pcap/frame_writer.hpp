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
    explicit FrameWriter(FileFormat format) noexcept : format_(format) {}

    [[nodiscard]] FileFormat format() const noexcept { return format_; }

    [[nodiscard]] std::size_t record_bytes(const FrameView& frame) const noexcept {
        if (format_ != FileFormat::pcapng) return pcap_header_bytes + frame.captured_bytes;
        constexpr std::size_t unit = 4;  // blocks are padded to 32 bits
        return packet_header_bytes + (frame.captured_bytes + unit - 1) / unit * unit +
               packet_trailer_bytes;
    }

    /// `out` has record_bytes(frame).
    void write_record(std::span<std::byte> out, const FrameView& frame) const noexcept;

    struct Written {
        std::size_t frames = 0;
        std::size_t bytes = 0;
    };

    /// One after the other, as many of the first frames as `out` has room for.
    [[nodiscard]] Written write_records(std::span<std::byte> out,
                                        std::span<const FrameView> frames) const noexcept;

private:
    static constexpr std::size_t pcap_header_bytes = 16;
    static constexpr std::size_t packet_header_bytes = 28;
    static constexpr std::size_t packet_trailer_bytes = 4;

    FileFormat format_;
};

}  // namespace xpc::pcap
