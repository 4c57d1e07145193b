#include <vector>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "pcap/pcap_format.hpp"
#include "pcap/pcap_reader.hpp"
#include "pcap/pcap_writer.hpp"

using namespace xpc;
using namespace std::chrono_literals;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

void append_record(std::vector<std::byte>& file, const pcap::PcapWriter& writer,
                   const pcap::FrameView& frame) {
    const auto at = file.size();
    file.resize(at + pcap::PcapWriter::record_bytes(frame));
    writer.write_record(std::span(file).subspan(at), frame);
}

std::vector<std::byte> start_file(const pcap::PcapWriter& writer) {
    std::vector<std::byte> file(pcap::PcapWriter::file_header_bytes);
    writer.write_file_header(file);
    return file;
}

const pcap::PcapWriter nano(pcap::LinkType::ethernet, 262'144, pcap::Precision::nanoseconds);

}  // namespace

TEST_CASE("a file has the header that its precision and link type say") {
    const auto header = base::load<pcap::FileHeader>(start_file(nano));
    CHECK(header.magic == 0xA1B23C4D);
    CHECK(header.version_major == 2);
    CHECK(header.version_minor == 4);
    CHECK(header.snaplen == 262'144);
    CHECK(header.link_type == 1);
    const pcap::PcapWriter micro(pcap::LinkType::linux_sll2, 96, pcap::Precision::microseconds);
    const auto other = base::load<pcap::FileHeader>(start_file(micro));
    CHECK(other.magic == 0xA1B2C3D4);
    CHECK(other.link_type == 276);
}

TEST_CASE("a record is the frame's pieces one after the other, with its time and lengths") {
    auto file = start_file(nano);
    const auto first = bytes_of("abc");
    const auto second = bytes_of("de");
    append_record(file, nano,
                  {.pieces = {first, {}, second},
                   .captured_bytes = 5,
                   .wire_bytes = 900,
                   .when = base::WallTime(1'795'421'730s + 123'456'789ns)});
    const auto record = base::load<pcap::RecordHeader>(file, 24);
    CHECK(record.seconds == 1'795'421'730);
    CHECK(record.fraction == 123'456'789);
    CHECK(record.captured_bytes == 5);
    CHECK(record.wire_bytes == 900);
    CHECK(base::as_text(std::span(file).subspan(40)) == "abcde");
}

TEST_CASE("microseconds are cut from nanoseconds, not rounded into the next second") {
    const pcap::PcapWriter micro(pcap::LinkType::ethernet, 96, pcap::Precision::microseconds);
    auto file = start_file(micro);
    const auto payload = bytes_of("x");
    append_record(file, micro,
                  {.pieces = {payload},
                   .captured_bytes = 1,
                   .wire_bytes = 1,
                   .when = base::WallTime(1s + 999'999'999ns)});
    CHECK(base::load<pcap::RecordHeader>(file, 24).fraction == 999'999);
}

TEST_CASE("a file that was cut anywhere is whole up to its last complete record") {
    auto file = start_file(nano);
    std::vector<std::size_t> ends{file.size()};
    for (const std::string_view payload : {"first", "", "the third frame"}) {
        const auto bytes = bytes_of(payload);
        append_record(file, nano,
                      {.pieces = {bytes},
                       .captured_bytes = static_cast<std::uint32_t>(bytes.size()),
                       .wire_bytes = 60,
                       .when = base::WallTime(1s)});
        ends.push_back(file.size());
    }
    for (std::size_t length = 0; length <= file.size(); ++length) {
        CAPTURE(length);
        const auto extent = pcap::whole_extent(std::span(file).first(length));
        if (length < ends[0]) {
            CHECK_FALSE(extent);
            continue;
        }
        REQUIRE(extent);
        std::size_t frames = 0;
        while (frames + 1 < ends.size() && ends[frames + 1] <= length)
            ++frames;
        CHECK(extent->frames == frames);
        CHECK(extent->whole_bytes == ends[frames]);
    }
}

TEST_CASE("blocks that were allocated and never written are no frames") {
    auto file = start_file(nano);
    file.resize(file.size() + 4096);
    const auto extent = pcap::whole_extent(file);
    REQUIRE(extent);
    CHECK(extent->frames == 0);
    CHECK(extent->whole_bytes == 24);
}

TEST_CASE("what is no pcap file is refused") {
    CHECK_FALSE(pcap::whole_extent({}));
    CHECK_FALSE(pcap::whole_extent(bytes_of("this is no capture file at all")));
}
