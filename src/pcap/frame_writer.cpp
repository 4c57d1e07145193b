#include "pcap/frame_writer.hpp"

#include <cstddef>
#include <cstring>

#include "base/bytes.hpp"
#include "pcap/pcap_format.hpp"
#include "pcap/pcapng_format.hpp"

namespace xpc::pcap {
namespace {

/// For a short frame memcpy() needs longer to choose how than to do it: 3 ns of 16 in all.
inline void copy(std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
    constexpr std::size_t step = 64;
    if (bytes <= 2 * step) {
        for (; bytes >= step; bytes -= step, from += step, to += step)
            std::memcpy(to, from, step);
    }
    if (bytes > 0) std::memcpy(to, from, bytes);
}

inline void put_pieces(std::byte* at, const FrameView& frame) noexcept {
    const auto& first = frame.pieces[0];
    copy(at, first.data(), first.size());
    if (first.size() == frame.captured_bytes) return;  // as of nearly all
    at += first.size();
    for (const auto& piece : std::span(frame.pieces).subspan(1)) {
        copy(at, piece.data(), piece.size());
        at += piece.size();
    }
}

/// What lies ahead was last read by the disk: the cache line of a short record is here when its
/// turn comes, where the first store to it would wait. Behind the end nothing comes of it.
inline void ask_ahead(std::byte* at) noexcept {
    constexpr std::size_t ahead = 1536;
    constexpr std::size_t line = 64;
    constexpr int for_writing = 1;
    __builtin_prefetch(at + ahead, for_writing);
    __builtin_prefetch(at + ahead + line, for_writing);
}

void write_packet_block(std::span<std::byte> out, const FrameView& frame) noexcept {
    const auto length = static_cast<std::uint32_t>(out.size());
    const auto when = static_cast<std::uint64_t>(frame.when.time_since_epoch().count());
    // Each field by itself: a header that is put together first is copied with loads wider than
    // the stores that made it, and waits for them, which doubles the time of a short frame.
    const auto put = [&out](std::size_t at, std::uint32_t value) {
        base::store(out.data() + at, value);
    };
    put(offsetof(EnhancedPacketHeader, type), enhanced_packet_block);
    put(offsetof(EnhancedPacketHeader, total_length), length);
    put(offsetof(EnhancedPacketHeader, interface_id), frame.source);
    put(offsetof(EnhancedPacketHeader, timestamp_high), static_cast<std::uint32_t>(when >> 32U));
    put(offsetof(EnhancedPacketHeader, timestamp_low), static_cast<std::uint32_t>(when));
    put(offsetof(EnhancedPacketHeader, captured_bytes), frame.captured_bytes);
    put(offsetof(EnhancedPacketHeader, wire_bytes), frame.wire_bytes);
    std::byte* const padding = out.data() + length - 2 * sizeof length;
    // the padding is at the end of these four bytes, and the frame over the rest of them
    if (frame.captured_bytes > 0) base::store(padding, std::uint32_t{0});
    put_pieces(out.data() + sizeof(EnhancedPacketHeader), frame);
    base::store(out.data() + length - sizeof length, length);
}

void write_pcap_record(std::span<std::byte> out, const FrameView& frame,
                       bool in_nanoseconds) noexcept {
    const auto since_epoch = frame.when.time_since_epoch().count();
    const auto seconds = since_epoch / 1'000'000'000;
    const auto nanoseconds = since_epoch % 1'000'000'000;
    base::store(out.data(), RecordHeader{.seconds = static_cast<std::uint32_t>(seconds),
                                         .fraction = static_cast<std::uint32_t>(
                                             in_nanoseconds ? nanoseconds : nanoseconds / 1000),
                                         .captured_bytes = frame.captured_bytes,
                                         .wire_bytes = frame.wire_bytes});
    put_pieces(out.data() + sizeof(RecordHeader), frame);
}

}  // namespace

void FrameWriter::write_record(std::span<std::byte> out, const FrameView& frame) const noexcept {
    if (format_ == FileFormat::pcapng) {
        write_packet_block(out, frame);
    } else {
        write_pcap_record(out, frame, format_ == FileFormat::pcap_nanoseconds);
    }
}

FrameWriter::Written FrameWriter::write_records(std::span<std::byte> out,
                                                std::span<const FrameView> frames) const noexcept {
    Written written;
    for (const FrameView& frame : frames) {
        const std::size_t length = record_bytes(frame);
        if (out.size() - written.bytes < length) break;
        write_record(out.subspan(written.bytes, length), frame);
        ask_ahead(out.data() + written.bytes);
        written.bytes += length;
        ++written.frames;
    }
    return written;
}

}  // namespace xpc::pcap
