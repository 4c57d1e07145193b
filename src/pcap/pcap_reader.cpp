#include "pcap/pcap_reader.hpp"

#include "base/bytes.hpp"
#include "pcap/pcap_format.hpp"

namespace xpc::pcap {

base::Result<Extent> whole_extent(std::span<const std::byte> file) {
    if (file.size() < sizeof(FileHeader)) {
        return base::refuse(base::Errc::corrupt, "pcap file: ends within its header");
    }
    const auto header = base::load<FileHeader>(file);
    if (header.magic != magic_nanoseconds && header.magic != magic_microseconds) {
        return base::refuse(base::Errc::corrupt, "pcap file: does not begin with a pcap header");
    }
    const std::uint32_t fractions = header.magic == magic_nanoseconds ? 1'000'000'000 : 1'000'000;
    Extent extent{.whole_bytes = sizeof(FileHeader), .frames = 0};
    for (;;) {
        const auto rest = file.subspan(extent.whole_bytes);
        if (rest.size() < sizeof(RecordHeader)) return extent;
        const auto record = base::load<RecordHeader>(rest);
        // A block that was allocated but never written reads as zeroes: no frame has no bytes at
        // all, neither captured nor on the wire.
        const bool plausible = record.fraction < fractions && record.wire_bytes > 0 &&
                               record.captured_bytes <= record.wire_bytes &&
                               record.captured_bytes <= header.snaplen;
        if (!plausible || rest.size() - sizeof record < record.captured_bytes) return extent;
        extent.whole_bytes += sizeof record + record.captured_bytes;
        ++extent.frames;
    }
}

}  // namespace xpc::pcap
