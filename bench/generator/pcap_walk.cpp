#include "base/error.hpp"
#include "generator/walks.hpp"

namespace xpc::bench {
namespace {

constexpr std::size_t file_header_bytes = 24;
constexpr std::size_t packet_header_bytes = 16;
constexpr std::uint32_t most_packet_bytes = 262144;  // libpcap's MAXIMUM_SNAPLEN

}  // namespace

void walk_pcap(CaptureFile& file, Tally& tally) {
    const auto start = file.peek(file_header_bytes);
    if (start.size() < file_header_bytes) return tally.cut();
    const std::int64_t fraction = value_at<std::uint32_t>(start, 0) == pcap_nanoseconds ? 1 : 1000;
    file.skip(file_header_bytes);
    for (;;) {
        const auto header = file.peek(packet_header_bytes);
        if (header.empty()) return;
        if (header.size() < packet_header_bytes) return tally.cut();
        const auto when = std::int64_t{value_at<std::uint32_t>(header, 0)} * 1'000'000'000 +
                          std::int64_t{value_at<std::uint32_t>(header, 4)} * fraction;
        const auto bytes = value_at<std::uint32_t>(header, 8);
        if (bytes > most_packet_bytes)
            throw base::Failure(base::Errc::corrupt, "a packet of no sane size");
        const auto packet = file.peek(packet_header_bytes + bytes);
        if (packet.size() < packet_header_bytes + bytes) return tally.cut();
        tally.take(packet.subspan(packet_header_bytes), when);
        file.skip(packet.size());
    }
}

}  // namespace xpc::bench
