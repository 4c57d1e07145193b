#include "pcap/frame_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <unistd.h>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace xpc::pcap {
namespace {

using base::Errc;
using base::refuse;

constexpr std::size_t buffer_bytes = std::size_t{1} << 20U;
// What libpcap takes for a frame (MAXIMUM_SNAPLEN): a longer one is damage.
constexpr std::uint32_t most_frame_bytes = 262'144;
constexpr std::size_t most_batch = 512;

std::size_t read_some(base::Fd file, std::span<std::byte> into, std::uint64_t at) {
    for (;;) {
        const auto got = ::pread(file.raw(), into.data(), into.size(), static_cast<off_t>(at));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) throw base::Failure::from_errno("reading a capture file", errno);
    }
}

}  // namespace

base::Result<FrameReader> FrameReader::open(base::UniqueFd file) {
    std::array<std::byte, sizeof(FileHeader)> bytes{};
    std::size_t have = 0;
    while (have < bytes.size()) {
        const auto got = read_some(file, std::span(bytes).subspan(have), have);
        if (got == 0) return refuse(Errc::corrupt, "pcap file: ends within its header");
        have += got;
    }
    FrameReader reader(std::move(file), base::load<FileHeader>(bytes));
    const auto magic = reader.native(base::load<FileHeader>(bytes).magic);
    if (magic != magic_microseconds && magic != magic_nanoseconds) {
        return refuse(Errc::corrupt, "pcap file: does not begin with a pcap header");
    }
    return reader;
}

FrameReader::FrameReader(base::UniqueFd file, const FileHeader& header)
    : file_(std::move(file)),
      is_swapped_(header.magic == base::byte_swapped(magic_microseconds) ||
                  header.magic == base::byte_swapped(magic_nanoseconds)),
      has_nanoseconds_(native(header.magic) == magic_nanoseconds),
      buffer_(buffer_bytes),
      read_at_(sizeof(FileHeader)) {
    // the upper bits are about a frame check sequence (section 4)
    constexpr std::uint32_t link_type_bits = 0xFFFF;
    link_type_ = native(header.link_type) & link_type_bits;
}

std::uint32_t FrameReader::native(std::uint32_t value) const noexcept {
    return is_swapped_ ? base::byte_swapped(value) : value;
}

RecordHeader FrameReader::record_at(std::size_t at) const {
    const auto raw = base::load<RecordHeader>(buffer_, at);
    return {.seconds = native(raw.seconds),
            .fraction = native(raw.fraction),
            .captured_bytes = native(raw.captured_bytes),
            .wire_bytes = native(raw.wire_bytes)};
}

void FrameReader::fill() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(first_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= std::exchange(first_, 0);
    while (end_ < buffer_.size()) {
        const auto got = read_some(file_, std::span(buffer_).subspan(end_), read_at_);
        if (got == 0) return;
        end_ += got;
        read_at_ += got;
    }
}

base::Result<std::span<const FrameView>> FrameReader::next() {
    if (end_ - first_ < sizeof(RecordHeader) + most_frame_bytes) fill();
    batch_.clear();
    std::uint32_t needed = 0;
    while (end_ - first_ >= sizeof(RecordHeader) && batch_.size() < most_batch) {
        const auto record = record_at(first_);
        needed = record.captured_bytes;
        if (needed > most_frame_bytes) break;
        if (end_ - first_ - sizeof record < needed) break;
        using std::chrono::nanoseconds;
        using std::chrono::seconds;
        const nanoseconds fraction(std::int64_t{record.fraction} * (has_nanoseconds_ ? 1 : 1000));
        batch_.push_back({.pieces = {std::span<const std::byte>(buffer_).subspan(
                              first_ + sizeof record, needed)},
                          .captured_bytes = needed,
                          // a file that says less than it has is wrong about the wire
                          .wire_bytes = std::max(record.wire_bytes, needed),
                          .when = base::WallTime(seconds(record.seconds)) + fraction,
                          .number = frames_++,
                          .source = 0});
        first_ += sizeof record + needed;
    }
    if (batch_.empty() && first_ < end_) {
        return refuse(Errc::corrupt,
                      base::text("pcap file: the record behind packet ", frames_,
                                 needed > most_frame_bytes ? " is damaged" : " is not whole"));
    }
    return batch_;
}

}  // namespace xpc::pcap
