#include "job/recorder.hpp"

#include <cassert>

namespace xpc::job {
namespace {

// What is in memory only is lost with the process: at most this much time's worth, plus a tick of
// the tap.
constexpr std::chrono::milliseconds longest_in_memory{500};

}  // namespace

Recorder::Recorder(const Target& target, const pcap::PcapWriter& writer, Observer observer)
    : target_(target), writer_(writer), observer_(std::move(observer)) {
    constexpr std::size_t length = pcap::PcapWriter::file_header_bytes;
    [[maybe_unused]] const bool fits = make_room(length);
    assert(fits);
    writer_.write_file_header(part_->room(length));
    part_->fill(length, 0);
    encoded_bytes_ = length;
    seal();  // a file that can be opened is on the disk from the start
}

void Recorder::accept(const pcap::FrameView& frame) {
    const std::size_t length = pcap::PcapWriter::record_bytes(frame);
    if (!make_room(length)) {
        ++queue_drops_;
        return;
    }
    writer_.write_record(part_->room(length), frame);
    part_->fill(length, 1);
    ++encoded_frames_;
    encoded_bytes_ += length;
}

void Recorder::batch_done(std::uint64_t ring_drops) {
    ring_drops_ = ring_drops;
    if (part_ && !part_->filled().empty()) {
        const auto now = base::Deadline::clock::now();
        if (seal_at_ == base::never) seal_at_ = now + longest_in_memory;
        if (now >= seal_at_) seal_if_replaceable();
    }
    const auto spooled = target_.spool.progress();
    target_.sink.advance(spooled.written_bytes);
    observer_(counters(), spooled.error);
}

void Recorder::finish() {
    seal();
}

Counters Recorder::counters() const {
    const auto spooled = target_.spool.progress();
    return {.received = encoded_frames_ + queue_drops_ + ring_drops_,
            .captured = encoded_frames_ - spooled.lost_frames,
            .filtered = 0,
            .dropped_ring = ring_drops_,
            .dropped_queue = queue_drops_,
            .dropped_disk = spooled.lost_frames,
            .bytes = encoded_bytes_ - spooled.lost_bytes};
}

bool Recorder::make_room(std::size_t length) {
    if (part_ && !part_->room(length).empty()) return true;
    seal();
    if (auto part = target_.pool.try_take()) part_.emplace(std::move(*part));
    return part_ && !part_->room(length).empty();
}

void Recorder::seal_if_replaceable() {
    auto next = target_.pool.try_take();
    if (!next) return;  // the disk is behind: handing over a half-filled part would make it worse
    seal();
    part_.emplace(std::move(*next));
}

void Recorder::seal() {
    if (part_ && !part_->filled().empty()) target_.spool.put(std::move(*part_));
    part_.reset();
    seal_at_ = base::never;
}

}  // namespace xpc::job
