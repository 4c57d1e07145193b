#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "pcap/frame_writer.hpp"
#include "pcap/pcap_format.hpp"
#include "pcap/pcap_reader.hpp"
#include "pcap/pcapng_blocks.hpp"
#include "pcap/pcapng_format.hpp"

using namespace xpc;
using namespace std::chrono_literals;
using pcap::FileFormat;

namespace {

constexpr std::array every_format{FileFormat::pcapng, FileFormat::pcap_nanoseconds,
                                  FileFormat::pcap_microseconds};

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

void append(std::vector<std::byte>& file, const std::vector<std::byte>& more) {
    file.insert(file.end(), more.begin(), more.end());
}

void append_record(std::vector<std::byte>& file, FileFormat format, const pcap::FrameView& frame) {
    const pcap::FrameWriter writer(format);
    const auto at = file.size();
    file.resize(at + writer.record_bytes(frame), std::byte{0xEE});
    writer.write_record(std::span(file).subspan(at), frame);
}

std::vector<std::byte> start_file(FileFormat format) {
    return pcap::file_head(format, {.application = "test", .comments = {"why"}},
                           {{.name = "eth0",
                             .link_type = pcap::LinkType::ethernet,
                             .snaplen = 262'144,
                             .filter = "udp"}});
}

pcap::FrameView frame_of(std::span<const std::byte> bytes, std::uint32_t wire_bytes = 60) {
    return {.pieces = {bytes},
            .captured_bytes = static_cast<std::uint32_t>(bytes.size()),
            .wire_bytes = wire_bytes,
            .when = base::WallTime(1'795'421'730s + 123'456'789ns)};
}

}  // namespace

TEST_CASE("a classic file has the header that its precision and link type say") {
    const auto header = base::load<pcap::FileHeader>(start_file(FileFormat::pcap_nanoseconds));
    CHECK(header.magic == 0xA1B23C4D);
    CHECK(header.version_major == 2);
    CHECK(header.version_minor == 4);
    CHECK(header.snaplen == 262'144);
    CHECK(header.link_type == 1);
    const auto other = base::load<pcap::FileHeader>(
        pcap::file_head(FileFormat::pcap_microseconds, {},
                        {{.name = {}, .link_type = pcap::LinkType::linux_sll2, .snaplen = 96}}));
    CHECK(other.magic == 0xA1B2C3D4);
    CHECK(other.link_type == 276);
}

TEST_CASE("a record is the frame's pieces one after the other, with its time and lengths") {
    std::vector<std::byte> file;
    const auto first = bytes_of("abc");
    const auto second = bytes_of("de");
    append_record(file, FileFormat::pcap_nanoseconds,
                  {.pieces = {first, {}, second},
                   .captured_bytes = 5,
                   .wire_bytes = 900,
                   .when = base::WallTime(1'795'421'730s + 123'456'789ns)});
    const auto record = base::load<pcap::RecordHeader>(file);
    CHECK(record.seconds == 1'795'421'730);
    CHECK(record.fraction == 123'456'789);
    CHECK(record.captured_bytes == 5);
    CHECK(record.wire_bytes == 900);
    CHECK(base::as_text(std::span(file).subspan(16)) == "abcde");
}

TEST_CASE("microseconds are cut from nanoseconds, not rounded into the next second") {
    std::vector<std::byte> file;
    const auto payload = bytes_of("x");
    append_record(file, FileFormat::pcap_microseconds,
                  {.pieces = {payload},
                   .captured_bytes = 1,
                   .wire_bytes = 1,
                   .when = base::WallTime(1s + 999'999'999ns)});
    CHECK(base::load<pcap::RecordHeader>(file).fraction == 999'999);
}

TEST_CASE("an enhanced packet block is padded with zeroes, and has its length at both ends") {
    for (std::uint32_t length = 0; length < 9; ++length) {
        CAPTURE(length);
        const std::vector<std::byte> payload(length, std::byte{0xAB});
        std::vector<std::byte> block;
        append_record(block, FileFormat::pcapng, frame_of(payload));
        const std::uint32_t padded = (length + 3) / 4 * 4;
        REQUIRE(block.size() == 32 + padded);
        const auto header = base::load<pcap::EnhancedPacketHeader>(block);
        CHECK(header.type == 6);
        CHECK(header.total_length == block.size());
        CHECK(header.interface_id == 0);
        CHECK((std::uint64_t{header.timestamp_high} << 32U | header.timestamp_low) ==
              1'795'421'730'123'456'789U);
        CHECK(header.captured_bytes == length);
        CHECK(header.wire_bytes == 60);
        for (std::uint32_t i = 0; i < padded; ++i)
            CHECK(block[28 + i] == (i < length ? std::byte{0xAB} : std::byte{0}));
        CHECK(base::load<std::uint32_t>(block, block.size() - 4) == block.size());
    }
}

TEST_CASE("a text that is longer than an option can be is cut between two characters") {
    const std::string umlauts = [] {
        std::string text = "x";
        while (text.size() < 80'000)
            text += "\u00fc";
        return text;
    }();
    const auto head = pcap::file_head(FileFormat::pcapng, {.comments = {umlauts}},
                                      {{.name = "eth0", .link_type = pcap::LinkType::ethernet}});
    // type, length, section header, then code and length of the comment
    const auto length = base::load<std::uint16_t>(head, 8 + 16 + 2);
    CHECK(length <= 65'535);
    CHECK(length > 65'500);
    CHECK(length % 2 == 1);  // one x, and whole characters of two bytes
}

TEST_CASE("a file that was cut anywhere is whole up to its last complete record") {
    for (const FileFormat format : every_format) {
        CAPTURE(static_cast<int>(format));
        auto file = start_file(format);
        std::vector<std::pair<std::size_t, std::size_t>> ends{{file.size(), 0}};  // bytes, frames
        std::size_t frames = 0;
        for (const std::string_view payload : {"first", "2", "the third frame"}) {
            append_record(file, format,
                          frame_of(bytes_of(payload), static_cast<std::uint32_t>(payload.size())));
            ends.emplace_back(file.size(), ++frames);
            append(file, pcap::statistics_block(format, {.received = frames}));
            ends.emplace_back(file.size(), frames);
        }
        for (std::size_t length = 0; length <= file.size(); ++length) {
            CAPTURE(length);
            const auto extent = pcap::whole_extent(std::span(file).first(length));
            if (length < ends[0].first) {
                CHECK_FALSE(extent);
                continue;
            }
            REQUIRE(extent);
            std::size_t last = 0;
            while (last + 1 < ends.size() && ends[last + 1].first <= length)
                ++last;
            CHECK(extent->whole_bytes == ends[last].first);
            CHECK(extent->frames == ends[last].second);
        }
    }
}

TEST_CASE("space that was allocated and never written holds no frames") {
    for (const FileFormat format : every_format) {
        auto file = start_file(format);
        const auto head = file.size();
        file.resize(file.size() + 4096);
        const auto extent = pcap::whole_extent(file);
        REQUIRE(extent);
        CHECK(extent->frames == 0);
        CHECK(extent->whole_bytes == head);
    }
}

TEST_CASE("a damaged byte costs its record and those behind it, and no others") {
    for (const FileFormat format : every_format) {
        auto file = start_file(format);
        std::vector<std::pair<std::size_t, std::size_t>> ends{{file.size(), 0}};  // bytes, frames
        for (std::size_t frames = 1; frames <= 4; ++frames) {
            append_record(file, format, frame_of(bytes_of("a payload of 29 bytes, 0 to 9"), 29));
            ends.emplace_back(file.size(), frames);
            append(file, pcap::statistics_block(format, {.received = frames, .comment = "so far"}));
            ends.emplace_back(file.size(), frames);
        }
        for (std::size_t at = 0; at < file.size(); ++at) {
            for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
                CAPTURE(static_cast<int>(format));
                CAPTURE(at);
                CAPTURE(flip);
                auto damaged = file;
                damaged[at] ^= static_cast<std::byte>(flip);
                const auto extent = pcap::whole_extent(damaged);
                if (at >= ends[0].first) REQUIRE(extent);
                if (!extent) continue;  // the head is damaged
                const std::pair found{extent->whole_bytes, extent->frames};
                const bool ends_with_a_record = std::ranges::find(ends, found) != ends.end();
                CHECK(ends_with_a_record);
                // all that was there before the damage
                if (at >= ends[0].first) {
                    const auto after = std::ranges::upper_bound(
                        ends, at, {}, &std::pair<std::size_t, std::size_t>::first);
                    CHECK(found.first >= std::prev(after)->first);
                }
            }
        }
    }
}

TEST_CASE("damage in what a reader goes by ends the file before it") {
    struct Row {
        const char* name;
        FileFormat format;
        std::size_t at;  ///< in the second record
        unsigned flip;
    };

    const std::vector<Row> rows{
        {"type of the block", FileFormat::pcapng, 0, 0x01},
        {"length of the block", FileFormat::pcapng, 4, 0x08},
        {"interface", FileFormat::pcapng, 8, 0x01},
        {"captured bytes", FileFormat::pcapng, 20, 0x08},
        {"bytes on the wire, fewer than captured", FileFormat::pcapng, 24, 0x08},
        {"length at the end", FileFormat::pcapng, 28 + 8, 0x08},
        {"fraction of a second", FileFormat::pcap_nanoseconds, 7, 0xFF},
        {"captured bytes, one more", FileFormat::pcap_nanoseconds, 8, 0x01},
        {"captured bytes, none", FileFormat::pcap_nanoseconds, 8, 0x08},
        {"captured bytes, more than there are", FileFormat::pcap_nanoseconds, 11, 0x01},
        {"bytes on the wire, fewer than captured", FileFormat::pcap_nanoseconds, 12, 0x08},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.name));
        auto file = start_file(row.format);
        append_record(file, row.format, frame_of(bytes_of("8 bytes."), 8));
        const auto whole = file.size();
        for (int i = 0; i < 2; ++i)
            append_record(file, row.format, frame_of(bytes_of("8 bytes."), 8));
        file[whole + row.at] ^= static_cast<std::byte>(row.flip);
        const auto extent = pcap::whole_extent(file);
        REQUIRE(extent);
        CHECK(extent->frames == 1);
        CHECK(extent->whole_bytes == whole);
    }
}

TEST_CASE("what is no capture file is refused") {
    CHECK_FALSE(pcap::whole_extent({}));
    CHECK_FALSE(pcap::whole_extent(bytes_of("this is no capture file at all")));
    // a section header alone does not say where packets come from
    const auto head = pcap::file_head(FileFormat::pcapng, {}, {});
    CHECK_FALSE(pcap::whole_extent(head));
}
