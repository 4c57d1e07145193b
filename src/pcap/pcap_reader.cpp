#include "pcap/pcap_reader.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "pcap/frame.hpp"
#include "pcap/pcap_format.hpp"
#include "pcap/pcapng_format.hpp"

namespace xpc::pcap {
namespace {

using base::Errc;
using base::refuse;

/// Longer ones are never written, and a length that was damaged is not worth the memory.
constexpr std::size_t longest_record = std::size_t{16} << 20U;

bool is_known(std::uint32_t link_type) {
    constexpr std::array known{LinkType::ethernet, LinkType::raw_ip, LinkType::linux_sll2};
    return std::ranges::find(known, static_cast<LinkType>(link_type)) != known.end();
}

/// A block that was allocated but never written reads as zeroes: no frame has no bytes at all,
/// neither captured nor on the wire.
bool is_plausible(const RecordHeader& record, const FileHeader& header) {
    const std::uint32_t fractions = header.magic == magic_nanoseconds ? 1'000'000'000 : 1'000'000;
    return record.fraction < fractions && record.wire_bytes > 0 &&
           record.captured_bytes <= record.wire_bytes && record.captured_bytes <= header.snaplen;
}

/// The bytes of the record that is there; 0 where it is not whole. Nothing but the next record
/// shows that a length was damaged, but for the rule that a frame is captured up to the snap
/// length.
std::size_t record_at(std::uint64_t offset, FileBytes& file, const FileHeader& header) {
    const auto begin = file.at(offset, sizeof(RecordHeader));
    if (begin.size() < sizeof(RecordHeader)) return 0;
    const auto record = base::load<RecordHeader>(begin);
    const std::size_t length = sizeof record + record.captured_bytes;
    if (!is_plausible(record, header) || length > longest_record) return 0;
    const auto rest = file.at(offset, length + sizeof(RecordHeader));
    if (length > rest.size()) return 0;
    if (record.captured_bytes == std::min(record.wire_bytes, header.snaplen)) return length;
    const auto behind = rest.subspan(length);
    if (behind.empty()) return length;
    const bool is_followed = behind.size() >= sizeof(RecordHeader) &&
                             is_plausible(base::load<RecordHeader>(behind), header);
    return is_followed ? length : 0;
}

[[nodiscard]] base::Result<Extent> whole_pcap(FileBytes& file) {
    const auto head = file.at(0, sizeof(FileHeader));
    if (head.size() < sizeof(FileHeader)) {
        return refuse(Errc::corrupt, "pcap file: ends within its header");
    }
    const auto header = base::load<FileHeader>(head);
    const bool is_ours = header.magic == magic_nanoseconds || header.magic == magic_microseconds;
    if (!is_ours || header.version_major != 2 || header.version_minor != 4 ||
        !is_known(header.link_type)) {
        return refuse(Errc::corrupt, "pcap file: does not begin with a pcap header");
    }
    Extent extent{.whole_bytes = sizeof(FileHeader), .frames = 0};
    while (const auto length = record_at(extent.whole_bytes, file, header)) {
        extent.whole_bytes += length;
        ++extent.frames;
    }
    return extent;
}

/// The bytes of the block that is there; nothing where it is not complete. What was allocated and
/// never written reads as zeroes, and is no block.
std::span<const std::byte> block_at(std::uint64_t offset, FileBytes& file) {
    constexpr std::size_t least = sizeof(BlockHeader) + sizeof(std::uint32_t);
    const auto begin = file.at(offset, sizeof(BlockHeader));
    if (begin.size() < sizeof(BlockHeader)) return {};
    const std::size_t length = base::load<BlockHeader>(begin).total_length;
    if (length < least || length % sizeof(std::uint32_t) != 0 || length > longest_record) return {};
    const auto block = file.at(offset, length);
    if (block.size() < length) return {};
    const auto again = base::load<std::uint32_t>(block, length - sizeof(std::uint32_t));
    return again == length ? block : std::span<const std::byte>();
}

/// Whether a block's options begin there, and end where its last length begins (3.5).
bool has_options(std::span<const std::byte> block, std::size_t at) {
    constexpr std::size_t header = 2 * sizeof(std::uint16_t);
    if (block.size() < at + sizeof(std::uint32_t)) return false;
    auto options = block.subspan(at, block.size() - at - sizeof(std::uint32_t));
    while (options.size() >= header) {
        const std::size_t length = base::load<std::uint16_t>(options, sizeof(std::uint16_t));
        const std::size_t padded = (length + 3) / 4 * 4;
        if (options.size() - header < padded) return false;
        const bool is_last = base::load<std::uint16_t>(options) == option::end;
        options = options.subspan(header + padded);
        if (is_last) return length == 0 && options.empty();
    }
    return false;
}

bool is_section(std::span<const std::byte> block) {
    constexpr std::size_t options = sizeof(BlockHeader) + sizeof(SectionHeader);
    constexpr std::uint32_t unknown = UINT32_MAX;
    if (block.size() < options || base::load<BlockHeader>(block).type != section_header_block) {
        return false;
    }
    const auto header = base::load<SectionHeader>(block, sizeof(BlockHeader));
    return header.byte_order == byte_order_magic && header.version_major == 1 &&
           header.version_minor == 0 && header.section_length_low == unknown &&
           header.section_length_high == unknown && has_options(block, options);
}

bool is_interface(std::span<const std::byte> block) {
    constexpr std::size_t options = sizeof(BlockHeader) + sizeof(InterfaceHeader);
    return has_options(block, options) &&
           is_known(base::load<InterfaceHeader>(block, sizeof(BlockHeader)).link_type);
}

bool is_statistics(std::span<const std::byte> block, std::uint32_t interfaces) {
    constexpr std::size_t options = sizeof(BlockHeader) + sizeof(StatisticsHeader);
    return has_options(block, options) &&
           base::load<StatisticsHeader>(block, sizeof(BlockHeader)).interface_id < interfaces;
}

/// Whether a packet's block is as large as what it says that it holds: it has no options.
bool is_packet(std::span<const std::byte> block, std::uint32_t interfaces) {
    constexpr std::size_t around = sizeof(EnhancedPacketHeader) + sizeof(std::uint32_t);
    if (block.size() < around) return false;
    const auto packet = base::load<EnhancedPacketHeader>(block);
    const std::uint64_t padded = (std::uint64_t{packet.captured_bytes} + 3) / 4 * 4;
    return packet.interface_id < interfaces && packet.captured_bytes <= packet.wire_bytes &&
           padded == block.size() - around;
}

bool follows_section(std::span<const std::byte> block, std::uint32_t interfaces) {
    switch (base::load<BlockHeader>(block).type) {
        case interface_description_block:
            return is_interface(block);
        case interface_statistics_block:
            return is_statistics(block, interfaces);
        case enhanced_packet_block:
            return is_packet(block, interfaces);
        default:  // is never written
            return false;
    }
}

[[nodiscard]] base::Result<Extent> whole_pcapng(FileBytes& file) {
    Extent extent;
    std::uint32_t interfaces = 0;
    for (;;) {
        const auto block = block_at(extent.whole_bytes, file);
        if (block.empty()) break;
        const bool is_whole =
            extent.whole_bytes == 0 ? is_section(block) : follows_section(block, interfaces);
        if (!is_whole) break;
        const auto type = base::load<BlockHeader>(block).type;
        if (type == interface_description_block) ++interfaces;
        if (type == enhanced_packet_block) ++extent.frames;
        extent.whole_bytes += block.size();
    }
    if (interfaces == 0) {
        return refuse(Errc::corrupt, "pcapng file: ends before it says where packets come from");
    }
    return extent;
}

class InMemory final : public FileBytes {
public:
    explicit InMemory(std::span<const std::byte> file) : file_(file) {}

    std::span<const std::byte> at(std::uint64_t offset, std::size_t length) override {
        const auto rest = file_.subspan(std::min<std::uint64_t>(offset, file_.size()));
        return rest.first(std::min(length, rest.size()));
    }

private:
    std::span<const std::byte> file_;
};

}  // namespace

base::Result<Extent> whole_extent(FileBytes& file) {
    const auto begin = file.at(0, sizeof(std::uint32_t));
    const bool is_pcapng = begin.size() >= sizeof(std::uint32_t) &&
                           base::load<std::uint32_t>(begin) == section_header_block;
    return is_pcapng ? whole_pcapng(file) : whole_pcap(file);
}

base::Result<Extent> whole_extent(std::span<const std::byte> file) {
    InMemory bytes(file);
    return whole_extent(bytes);
}

}  // namespace xpc::pcap
