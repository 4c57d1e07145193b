#include "pcap/pcap_writer.hpp"

#include <cstring>

#include "base/bytes.hpp"
#include "pcap/pcap_format.hpp"

namespace xpc::pcap {

void PcapWriter::write_file_header(std::span<std::byte> out) const noexcept {
    base::store(out.data(),
                FileHeader{.magic = precision_ == Precision::nanoseconds ? magic_nanoseconds
                                                                         : magic_microseconds,
                           .version_major = 2,
                           .version_minor = 4,
                           .reserved1 = 0,
                           .reserved2 = 0,
                           .snaplen = snaplen_,
                           .link_type = static_cast<std::uint32_t>(link_type_)});
}

void PcapWriter::write_record(std::span<std::byte> out, const FrameView& frame) const noexcept {
    const auto since_epoch = frame.when.time_since_epoch().count();
    const auto seconds = since_epoch / 1'000'000'000;
    const auto nanoseconds = since_epoch % 1'000'000'000;
    base::store(
        out.data(),
        RecordHeader{.seconds = static_cast<std::uint32_t>(seconds),
                     .fraction = static_cast<std::uint32_t>(
                         precision_ == Precision::nanoseconds ? nanoseconds : nanoseconds / 1000),
                     .captured_bytes = frame.captured_bytes,
                     .wire_bytes = frame.wire_bytes});
    std::byte* at = out.data() + record_header_bytes;
    for (const auto& piece : frame.pieces) {
        if (piece.empty()) continue;
        std::memcpy(at, piece.data(), piece.size());
        at += piece.size();
    }
}

}  // namespace xpc::pcap
