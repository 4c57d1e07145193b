#include "job/slice_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"
#include "pcap/pcapng_format.hpp"

namespace xpc::job {

void SliceReader::add(std::vector<sink::PartSlice> slices) {
    for (auto& slice : slices)
        slices_.push_back(std::move(slice));
}

const pcap::FrameView* SliceReader::front() {
    using Header = pcap::EnhancedPacketHeader;
    if (front_) return &*front_;
    std::array<std::byte, sizeof(Header)> head{};
    if (!copy(head)) return nullptr;
    const auto header = base::load<Header>(head);
    auto record = slices_.front().bytes();
    if (record.size() < header.total_length) {
        if (available() < header.total_length) return nullptr;
        scratch_.resize(std::max<std::size_t>(scratch_.size(), header.total_length));
        const auto whole = std::span(scratch_).first(header.total_length);
        [[maybe_unused]] const bool copied = copy(whole);
        record = whole;
    }
    front_bytes_ = header.total_length;
    const auto when = std::uint64_t{header.timestamp_high} << 32U | header.timestamp_low;
    front_ = pcap::FrameView{
        .pieces = {record.subspan(sizeof header, header.captured_bytes)},
        .captured_bytes = header.captured_bytes,
        .wire_bytes = header.wire_bytes,
        .when = base::WallTime(std::chrono::nanoseconds(static_cast<std::int64_t>(when))),
        .number = 0,
        .source = header.interface_id};
    return &*front_;
}

void SliceReader::pop() {
    front_.reset();
    while (front_bytes_ > 0) {
        auto& slice = slices_.front();
        const std::size_t taken = std::min(front_bytes_, slice.end - slice.begin);
        slice.begin += taken;
        front_bytes_ -= taken;
        if (slice.begin == slice.end) slices_.pop_front();
    }
}

/// False where there are not so many bytes.
bool SliceReader::copy(std::span<std::byte> out) const {
    for (const auto& slice : slices_) {
        const auto bytes = slice.bytes();
        const std::size_t count = std::min(bytes.size(), out.size());
        std::memcpy(out.data(), bytes.data(), count);
        out = out.subspan(count);
        if (out.empty()) return true;
    }
    return out.empty();
}

std::size_t SliceReader::available() const {
    std::size_t bytes = 0;
    for (const auto& slice : slices_)
        bytes += slice.bytes().size();
    return bytes;
}

}  // namespace xpc::job
