#include "pcap/pcap_reader.hpp"

#include "base/bytes.hpp"
#include "pcap/pcap_format.hpp"
#include "pcap/pcapng_format.hpp"

namespace xpc::pcap {
namespace {

using base::Errc;
using base::refuse;

[[nodiscard]] base::Result<Extent> whole_pcap(std::span<const std::byte> file) {
    if (file.size() < sizeof(FileHeader)) {
        return refuse(Errc::corrupt, "pcap file: ends within its header");
    }
    const auto header = base::load<FileHeader>(file);
    if (header.magic != magic_nanoseconds && header.magic != magic_microseconds) {
        return refuse(Errc::corrupt, "pcap file: does not begin with a pcap header");
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

/// The bytes of the block at the front; nothing where it is not complete. What was allocated and
/// never written reads as zeroes, and is no block.
std::span<const std::byte> front_block(std::span<const std::byte> rest) {
    constexpr std::size_t least = sizeof(BlockHeader) + sizeof(std::uint32_t);
    if (rest.size() < least) return {};
    const auto header = base::load<BlockHeader>(rest);
    const std::size_t length = header.total_length;
    if (length < least || length % sizeof(std::uint32_t) != 0 || length > rest.size()) return {};
    const auto again = base::load<std::uint32_t>(rest, length - sizeof(std::uint32_t));
    return again == header.total_length ? rest.first(length) : std::span<const std::byte>();
}

bool is_section(std::span<const std::byte> block) {
    constexpr std::size_t least =
        sizeof(BlockHeader) + sizeof(SectionHeader) + sizeof(std::uint32_t);
    return block.size() >= least && base::load<BlockHeader>(block).type == section_header_block &&
           base::load<SectionHeader>(block, sizeof(BlockHeader)).byte_order == byte_order_magic &&
           base::load<SectionHeader>(block, sizeof(BlockHeader)).version_major == 1;
}

bool is_interface(std::span<const std::byte> block) {
    return block.size() >= sizeof(BlockHeader) + sizeof(InterfaceHeader) + sizeof(std::uint32_t);
}

/// Whether a packet's block has room for what it says that it holds.
bool is_whole_packet(std::span<const std::byte> block, std::uint32_t interfaces) {
    constexpr std::size_t around = sizeof(EnhancedPacketHeader) + sizeof(std::uint32_t);
    if (block.size() < around) return false;
    const auto packet = base::load<EnhancedPacketHeader>(block);
    return packet.interface_id < interfaces && packet.captured_bytes <= packet.wire_bytes &&
           packet.captured_bytes <= block.size() - around;
}

[[nodiscard]] base::Result<Extent> whole_pcapng(std::span<const std::byte> file) {
    Extent extent;
    std::uint32_t interfaces = 0;
    bool described = false;
    for (;;) {
        const auto block = front_block(file.subspan(extent.whole_bytes));
        if (block.empty()) break;
        const auto type = base::load<BlockHeader>(block).type;
        if ((extent.whole_bytes == 0 || type == section_header_block) && !is_section(block)) break;
        if (type == section_header_block) interfaces = 0;  // each section counts its own (4.2)
        if (type == interface_description_block) {
            if (!is_interface(block)) break;
            ++interfaces;
            described = true;
        }
        if (type == enhanced_packet_block) {
            if (!is_whole_packet(block, interfaces)) break;
            ++extent.frames;
        }
        extent.whole_bytes += block.size();
    }
    if (!described) {
        return refuse(Errc::corrupt, "pcapng file: ends before it says where packets come from");
    }
    return extent;
}

}  // namespace

base::Result<Extent> whole_extent(std::span<const std::byte> file) {
    const bool is_pcapng = file.size() >= sizeof(std::uint32_t) &&
                           base::load<std::uint32_t>(file) == section_header_block;
    return is_pcapng ? whole_pcapng(file) : whole_pcap(file);
}

}  // namespace xpc::pcap
