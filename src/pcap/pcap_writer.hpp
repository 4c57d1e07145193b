#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pcap/frame.hpp"

namespace xpc::pcap {

enum class Precision { nanoseconds, microseconds };

/// Encodes the classic pcap format into memory of the caller, in this machine's byte order.
/// Source: draft-ietf-opsawg-pcap (the magic numbers: section 4, record headers: section 5).
class PcapWriter {
public:
    static constexpr std::size_t file_header_bytes = 24;
    static constexpr std::size_t record_header_bytes = 16;

    /// `snaplen` is not 0: some readers refuse such a file.
    PcapWriter(LinkType link_type, std::uint32_t snaplen, Precision precision) noexcept
        : link_type_(link_type), snaplen_(snaplen), precision_(precision) {}

    /// `out` has file_header_bytes.
    void write_file_header(std::span<std::byte> out) const noexcept;

    [[nodiscard]] static std::size_t record_bytes(const FrameView& frame) noexcept {
        return record_header_bytes + frame.captured_bytes;
    }

    /// `out` has record_bytes(frame).
    void write_record(std::span<std::byte> out, const FrameView& frame) const noexcept;

private:
    LinkType link_type_;
    std::uint32_t snaplen_;
    Precision precision_;
};

}  // namespace xpc::pcap
