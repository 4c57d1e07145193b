#include "job/recorder.hpp"

#include <utility>

namespace xpc::job {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What is in memory only is lost with the process: at most this much time's worth, plus a tick of
// the tap.
constexpr milliseconds longest_in_memory{500};

constexpr seconds between_statistics{10};

// Room for the statistics at the end of a file whose size is limited.
constexpr std::uint64_t statistics_bytes = 256;

}  // namespace

Recorder::Recorder(const Target& target, RecordingLimits limits, Statistics statistics,
                   Observer observer)
    : target_(target),
      limits_(limits),
      statistics_(std::move(statistics)),
      observer_(std::move(observer)),
      statistics_at_(base::in(between_statistics)) {}

void Recorder::put_head(std::vector<std::byte> head) {
    file_bytes_ += head.size();
    target_.spool.put(std::move(head));
}

pcap::Taken Recorder::accept(const pcap::FrameView& frame) {
    const std::size_t length = target_.encoder.record_bytes(frame);
    if (limits_.bytes != 0 && file_bytes_ + length + statistics_bytes > limits_.bytes) {
        full_ = StopReason::bytes;
        return pcap::Taken::none;
    }
    const auto pieces = target_.encoder.encode(frame, file_bytes_);
    if (pieces.empty()) {
        ++queue_drops_;
        return pcap::Taken::more;
    }
    for (const Encoder::Piece& piece : pieces)
        append(piece);
    ++slice_->frames;
    slice_->whole_bytes = slice_->end - slice_->begin;
    file_bytes_ += length;
    ++encoded_frames_;
    if (encoded_frames_ != limits_.packets) return pcap::Taken::more;
    full_ = StopReason::packets;
    return pcap::Taken::last;
}

void Recorder::append(const Encoder::Piece& piece) {
    if (slice_ && slice_->part == *piece.part && slice_->end == piece.begin) {
        slice_->end = piece.end;
        return;
    }
    hand_over();
    slice_ = sink::PartSlice{
        .part = *piece.part, .begin = piece.begin, .end = piece.end, .frames = 0, .whole_bytes = 0};
}

void Recorder::hand_over() {
    if (slice_) target_.spool.put(std::move(*slice_));
    slice_.reset();
    hand_over_at_ = base::never;
}

void Recorder::batch_done(const pcap::SourceCounts& counts) {
    source_ = counts;
    const auto now = base::Deadline::clock::now();
    if (slice_) {
        if (hand_over_at_ == base::never) hand_over_at_ = now + longest_in_memory;
        if (now >= hand_over_at_) {
            hand_over();
            if (target_.encoder.is_memory_scarce()) target_.encoder.seal();
        }
    }
    if (now >= statistics_at_) {
        put_statistics();
        statistics_at_ = now + between_statistics;
    }
    const auto spooled = target_.spool.progress();
    target_.sink.advance(spooled.written_bytes);
    observer_(counters(spooled), spooled.error);
}

void Recorder::finish() {
    hand_over();
    put_statistics();
}

void Recorder::put_statistics() {
    auto block = statistics_(counters());
    if (block.empty()) return;
    hand_over();
    file_bytes_ += block.size();
    target_.spool.put(std::move(block));
    target_.encoder.seal();  // frames lie elsewhere within their pages from here on
}

Counters Recorder::counters(const sink::SpoolProgress& spooled) const {
    return {.received = source_.seen + source_.dropped,
            .captured = encoded_frames_ - spooled.lost_frames,
            .filtered = source_.seen - encoded_frames_ - queue_drops_ - source_.overrun,
            .dropped_ring = source_.dropped,
            .dropped_queue = queue_drops_ + source_.overrun,
            .dropped_disk = spooled.lost_frames,
            .bytes = spooled.error ? spooled.written_bytes : file_bytes_};
}

}  // namespace xpc::job
