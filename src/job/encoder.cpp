#include "job/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sink/growing_file.hpp"

namespace xpc::job {

bool Encoder::Piece::extend(sink::PartSlice& slice) const {
    if (slice.part != *part || slice.end != begin) return false;
    slice.end = end;
    return true;
}

sink::PartSlice Encoder::Piece::as_slice() const {
    return {.part = *part, .begin = begin, .end = end, .frames = 0, .whole_bytes = 0};
}

std::span<const Encoder::Piece> Encoder::encode(const pcap::FrameView& frame,
                                                std::uint64_t file_offset) {
    if (frame.number == last_number_) return pieces_;
    last_number_ = frame.number;
    pieces_.clear();
    const std::size_t length = writer_.record_bytes(frame);
    if (!part_) {
        part_ = pool_.try_take(account_);
        if (!part_) return {};
        filled_ = file_offset % sink::GrowingFile::page_bytes;
    }
    const auto memory = part_->memory();
    if (memory.size() - filled_ >= length) {
        writer_.write_record(memory.subspan(filled_, length), frame);
        pieces_.push_back({.part = &*part_, .begin = filled_, .end = filled_ + length});
        filled_ += length;
    } else if (!encode_across(frame, length)) {
        return {};
    }
    return pieces_;
}

bool Encoder::encode_across(const pcap::FrameView& frame, std::size_t length) {
    // all parts that it takes, or none
    completed_.clear();
    std::size_t room = part_->memory().size() - filled_;
    std::vector<sink::PartRef> more;
    while (room < length) {
        auto next = pool_.try_take(account_);
        if (!next) return false;
        room += next->memory().size();
        more.push_back(std::move(*next));
    }
    scratch_.resize(std::max(scratch_.size(), length));
    auto left = std::span(scratch_).first(length);
    writer_.write_record(left, frame);
    completed_.reserve(more.size());
    for (auto& next : more) {
        left = left.subspan(put(left));
        completed_.push_back(std::exchange(*part_, std::move(next)));
        pieces_.back().part = &completed_.back();
        filled_ = 0;
    }
    put(left);
    return true;
}

/// As much of the bytes as fits into the part.
std::size_t Encoder::put(std::span<const std::byte> bytes) {
    const auto memory = part_->memory().subspan(filled_);
    const std::size_t count = std::min(memory.size(), bytes.size());
    std::memcpy(memory.data(), bytes.data(), count);
    pieces_.push_back({.part = &*part_, .begin = filled_, .end = filled_ + count});
    filled_ += count;
    return count;
}

void Encoder::seal() noexcept {
    part_.reset();
    pieces_.clear();
    completed_.clear();
}

}  // namespace xpc::job
