#include "pcap/frame_reader.hpp"

#include <fstream>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "base/bytes.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::pcap;

namespace {

/// A file as a machine of this or the other byte order writes it.
class FileText {
public:
    explicit FileText(bool is_swapped) : is_swapped_(is_swapped) {}

    FileText& u32(std::uint32_t value) {
        const auto out = is_swapped_ ? base::byte_swapped(value) : value;
        text_.append(reinterpret_cast<const char*>(&out), sizeof out);
        return *this;
    }

    FileText& head(std::uint32_t magic) {
        return u32(magic)
            .u32(is_swapped_ ? 0x0002'0004 : 0x0004'0002)
            .u32(0)
            .u32(0)
            .u32(9500)
            .u32(1);
    }

    FileText& record(std::uint32_t fraction, const std::string& bytes, std::uint32_t wire) {
        u32(100).u32(fraction).u32(static_cast<std::uint32_t>(bytes.size())).u32(wire);
        text_ += bytes;
        return *this;
    }

    [[nodiscard]] base::Result<FrameReader> open(std::size_t without_last = 0) const {
        const auto path = folder_.file("f.pcap", text_.substr(0, text_.size() - without_last));
        return FrameReader::open(base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
    }

private:
    tests::ScratchFolder folder_;
    bool is_swapped_;
    std::string text_;
};

}  // namespace

TEST_CASE("a file of either byte order, in micro- or nanoseconds, is read") {
    using std::chrono::nanoseconds;
    for (const bool is_swapped : {false, true}) {
        for (const std::uint32_t magic : {magic_microseconds, magic_nanoseconds}) {
            CAPTURE(is_swapped);
            CAPTURE(magic);
            auto reader = FileText(is_swapped).head(magic).record(7, "abcd", 60).open();
            REQUIRE(reader);
            CHECK(reader->link_type() == 1);
            const auto frames = reader->next();
            REQUIRE(frames);
            REQUIRE(frames->size() == 1);
            const auto& frame = frames->front();
            CHECK(base::as_text(frame.pieces[0]) == "abcd");
            CHECK(frame.wire_bytes == 60);
            CHECK(frame.when.time_since_epoch() ==
                  std::chrono::seconds(100) + nanoseconds(magic == magic_nanoseconds ? 7 : 7000));
            CHECK(reader->next()->empty());
        }
    }
}

TEST_CASE("a file of many megabytes is read whole, in order") {
    FileText file(false);
    file.head(magic_microseconds);
    constexpr std::uint32_t count = 3000;
    for (std::uint32_t i = 0; i < count; ++i)
        file.record(i, std::string(1400, static_cast<char>('a' + i % 26)), 1400);
    auto reader = file.open();
    REQUIRE(reader);
    std::uint64_t seen = 0;
    for (;;) {
        const auto frames = reader->next();
        REQUIRE(frames);
        if (frames->empty()) break;
        for (const auto& frame : *frames) {
            REQUIRE(frame.number == seen);
            REQUIRE(frame.pieces[0].front() == static_cast<std::byte>('a' + seen % 26));
            ++seen;
        }
    }
    CHECK(seen == count);
}

TEST_CASE("frames before the damage are given, and then the damage is told") {
    auto cut =
        FileText(false).head(magic_microseconds).record(1, "ab", 2).record(2, "cd", 2).open(1);
    REQUIRE(cut);
    CHECK(cut->next()->size() == 1);
    CHECK(cut->next().error().errc == base::Errc::corrupt);
    auto huge =
        FileText(false).head(magic_microseconds).u32(1).u32(1).u32(300'000).u32(300'000).open();
    REQUIRE(huge);
    CHECK(huge->next().error().message.contains("damaged"));
    CHECK_FALSE(FileText(false).head(0x12345678).open());
    CHECK_FALSE(FileText(false).u32(magic_microseconds).open());
}
