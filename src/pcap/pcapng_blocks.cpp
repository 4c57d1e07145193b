#include "pcap/pcapng_blocks.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "pcap/pcap_format.hpp"
#include "pcap/pcapng_format.hpp"

namespace xpc::pcap {
namespace {

/// One block under construction: a header, the fixed part, options, the length once more.
class Block {
public:
    explicit Block(std::uint32_t type) { add(BlockHeader{.type = type, .total_length = 0}); }

    template <typename T>
    void add(const T& value) {
        const std::size_t at = bytes_.size();
        bytes_.resize(at + sizeof value);
        base::store(bytes_.data() + at, value);
    }

    /// Cut to what an option can hold, before a character that would be halved.
    void add_text(std::uint16_t code, std::string_view text, std::string_view prefix = {}) {
        constexpr std::size_t most = std::numeric_limits<std::uint16_t>::max() - 3;
        if (text.empty()) return;
        std::size_t length = std::min(text.size(), most - prefix.size());
        while (length > 0 && length < text.size() && base::continues_character(text[length]))
            --length;
        add_option(code, std::string(prefix).append(text.substr(0, length)));
    }

    void add_count(std::uint16_t code, std::uint64_t count) {
        add(code);
        add(std::uint16_t{sizeof count});
        add(count);
    }

    void add_time(std::uint16_t code, base::WallTime when) {
        const auto count = static_cast<std::uint64_t>(when.time_since_epoch().count());
        add(code);
        add(std::uint16_t{sizeof count});
        add(static_cast<std::uint32_t>(count >> 32U));
        add(static_cast<std::uint32_t>(count));
    }

    void add_option(std::uint16_t code, std::string_view value) {
        add(code);
        add(static_cast<std::uint16_t>(value.size()));
        const auto bytes = std::as_bytes(std::span(value));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        while (bytes_.size() % sizeof(std::uint32_t) != 0)
            bytes_.push_back(std::byte{});
    }

    [[nodiscard]] std::vector<std::byte> finished() && {
        add(std::uint32_t{option::end});
        const auto length = static_cast<std::uint32_t>(bytes_.size() + sizeof(std::uint32_t));
        add(length);
        base::store(bytes_.data() + offsetof(BlockHeader, total_length), length);
        return std::move(bytes_);
    }

private:
    std::vector<std::byte> bytes_;
};

std::vector<std::byte> section_block(const Section& section) {
    constexpr std::uint32_t unknown = std::numeric_limits<std::uint32_t>::max();
    Block block(section_header_block);
    block.add(SectionHeader{.byte_order = byte_order_magic,
                            .version_major = 1,
                            .version_minor = 0,
                            .section_length_low = unknown,
                            .section_length_high = unknown});
    for (const std::string& comment : section.comments)
        block.add_text(option::comment, comment);
    block.add_text(option::section_hardware, section.hardware);
    block.add_text(option::section_os, section.os);
    block.add_text(option::section_application, section.application);
    return std::move(block).finished();
}

std::vector<std::byte> interface_block(const InterfaceDescription& interface) {
    constexpr char nanoseconds = 9;  // 10 to the minus 9 of a second
    constexpr std::string_view is_pcap_filter("\0", 1);
    Block block(interface_description_block);
    block.add(InterfaceHeader{.link_type = static_cast<std::uint16_t>(interface.link_type),
                              .reserved = 0,
                              .snaplen = interface.snaplen});
    block.add_text(option::comment, interface.comment);
    block.add_text(option::interface_name, interface.name);
    block.add_option(option::interface_resolution, std::string_view(&nanoseconds, 1));
    block.add_text(option::interface_filter, interface.filter, is_pcap_filter);
    block.add_text(option::interface_os, interface.os);
    return std::move(block).finished();
}

std::vector<std::byte> pcap_head(FileFormat format, const InterfaceDescription& interface) {
    std::vector<std::byte> head(sizeof(FileHeader));
    const bool nanoseconds = format == FileFormat::pcap_nanoseconds;
    base::store(head.data(),
                FileHeader{.magic = nanoseconds ? magic_nanoseconds : magic_microseconds,
                           .version_major = 2,
                           .version_minor = 4,
                           .reserved1 = 0,
                           .reserved2 = 0,
                           .snaplen = interface.snaplen,
                           .link_type = static_cast<std::uint32_t>(interface.link_type)});
    return head;
}

}  // namespace

std::vector<std::byte> file_head(FileFormat format, const Section& section,
                                 const std::vector<InterfaceDescription>& interfaces) {
    if (format != FileFormat::pcapng) return pcap_head(format, interfaces.at(0));
    auto head = section_block(section);
    for (const InterfaceDescription& interface : interfaces) {
        const auto block = interface_block(interface);
        head.insert(head.end(), block.begin(), block.end());
    }
    return head;
}

std::vector<std::byte> statistics_block(FileFormat format, const InterfaceStatistics& statistics) {
    if (format != FileFormat::pcapng) return {};
    const auto now = static_cast<std::uint64_t>(statistics.end.time_since_epoch().count());
    Block block(interface_statistics_block);
    block.add(StatisticsHeader{.interface_id = statistics.interface_id,
                               .timestamp_high = static_cast<std::uint32_t>(now >> 32U),
                               .timestamp_low = static_cast<std::uint32_t>(now)});
    block.add_text(option::comment, statistics.comment);
    block.add_time(option::statistics_start, statistics.start);
    block.add_time(option::statistics_end, statistics.end);
    block.add_count(option::statistics_received, statistics.received);
    block.add_count(option::statistics_dropped, statistics.dropped);
    block.add_count(option::statistics_accepted, statistics.accepted);
    block.add_count(option::statistics_os_dropped, statistics.os_dropped);
    block.add_count(option::statistics_delivered, statistics.delivered);
    return std::move(block).finished();
}

}  // namespace xpc::pcap
