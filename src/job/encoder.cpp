#include "job/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sink/growing_file.hpp"

namespace xpc::job {

sink::PartSlice Encoder::Piece::as_slice() const {
    return {.part = *part, .begin = begin, .end = end, .frames = 0, .whole_bytes = 0};
}

/// A frame that the part has no room for.
std::span<const Encoder::Piece> Encoder::encode_elsewhere(const pcap::FrameView& frame,
                                                          std::size_t length,
                                                          std::uint64_t file_offset) {
    pieces_ = {};
    many_.clear();
    if (!part_) {
        auto part = pool_.try_take(account_);
        if (!part) return {};
        begin_part(std::move(*part), file_offset % sink::GrowingFile::page_bytes);
    }
    if (!encode_across(frame, length)) return {};
    return pieces_ = many_;
}

bool Encoder::encode_across(const pcap::FrameView& frame, std::size_t length) {
    // all parts that it takes, or none
    completed_.clear();
    std::size_t room = memory_.size() - filled_;
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
        completed_.push_back(std::move(*part_));
        many_.back().part = &completed_.back();
        begin_part(std::move(next), 0);
    }
    put(left);
    return true;
}

void Encoder::begin_part(sink::PartRef part, std::size_t filled) {
    part_ = std::move(part);
    memory_ = part_->memory();
    filled_ = filled;
}

/// As much of the bytes as fits into the part.
std::size_t Encoder::put(std::span<const std::byte> bytes) {
    const auto memory = memory_.subspan(filled_);
    const std::size_t count = std::min(memory.size(), bytes.size());
    std::memcpy(memory.data(), bytes.data(), count);
    many_.push_back({.part = &*part_, .begin = filled_, .end = filled_ + count});
    filled_ += count;
    return count;
}

void Encoder::seal() noexcept {
    part_.reset();
    last_number_ = no_frame;  // who wants the last one only now gets it elsewhere
    pieces_ = {};
    completed_.clear();
}

}  // namespace xpc::job
