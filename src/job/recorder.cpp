#include "job/recorder.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace xpc::job {
namespace {

using std::chrono::milliseconds;
using Tail = sink::Spool::Tail;

// What is in memory only is lost with the process: at most this much time's worth, plus a report
// and a tick of the tap. With the power also what the disk was not asked for yet:
// sink::SpoolSyncer::pause.
constexpr milliseconds longest_in_memory{250};

}  // namespace

Recorder::Recorder(Encoder& encoder, std::unique_ptr<RecordingFile> first, RecordingForm form,
                   const RecordingLimits& limits, RecordingFiles* files, Observer observer)
    : encoder_(encoder),
      file_(std::move(first)),
      form_(std::move(form)),
      limits_(limits),
      files_(files),
      observer_(std::move(observer)),
      // as large as they may be at the end: numbers get longer
      statistics_bytes_(2 * form_.statistics({}).size()) {
    if (statistics_bytes_ > 0 && form_.between_statistics > milliseconds::zero()) {
        statistics_at_ = base::in(form_.between_statistics);
    }
    begin_file();
}

void Recorder::begin_file() {
    auto head = form_.head;
    bytes_before_ = file_->bytes += head.size();
    file_->spool->put(std::move(head));
    if (limits_.segment_duration > milliseconds::zero()) {
        cut_at_ = base::in(limits_.segment_duration);
    }
}

pcap::Taken Recorder::accept(std::span<const pcap::FrameView> frames) {
    std::size_t taken = 0;
    while (taken < frames.size()) {
        // one that others may be shown as well is theirs too, if it has been encoded
        if (frames.size() > 1) taken += accept_run(frames.subspan(taken));
        if (taken == frames.size()) break;
        const bool is_taken = accept_one(frames[taken]);
        if (is_taken) ++taken;
        if (full_) return {.frames = taken, .is_full = true};
    }
    return {.frames = taken};
}

/// As many of the first as neither a limit nor the end of a part stands in the way of.
std::size_t Recorder::accept_run(std::span<const pcap::FrameView> frames) {
    const std::uint64_t frames_before = earlier_frames_ + file_->frames;
    if (limits_.packets != 0) {  // the last one is another matter
        frames = frames.first(std::min(frames.size(), limits_.packets - frames_before - 1));
    }
    const std::size_t room = std::min(left_in_recording(), left_in_file());
    const auto run = encoder_.encode_run(frames, room);
    if (run.frames > 0) keep({&run.piece, 1}, run.frames);
    return run.frames;
}

/// Bytes of frames until the limit of all files is in the way.
std::size_t Recorder::left_in_recording() const {
    return left(limits_.bytes, earlier_bytes_ + file_->bytes);
}

/// Likewise until that of one file is.
std::size_t Recorder::left_in_file() const {
    return left(limits_.segment_bytes, file_->bytes);
}

std::size_t Recorder::left(std::uint64_t limit, std::uint64_t bytes) const {
    if (limit == 0) return std::numeric_limits<std::size_t>::max();
    const std::uint64_t end = bytes + statistics_bytes_;
    return limit > end ? limit - end : 0;
}

/// False when it is one too many; full_ says so then, and also when no other may follow.
bool Recorder::accept_one(const pcap::FrameView& frame) {
    const std::size_t length = encoder_.record_bytes(frame);
    if (length > left_in_recording()) {
        full_ = StopReason::bytes;
        return false;
    }
    // a frame that is larger than a file may be has one for itself
    if (file_->frames > 0 && length > left_in_file()) cut();
    const auto pieces = encoder_.encode(frame, length, file_->bytes);
    if (pieces.empty()) {
        ++queue_drops_;
        hand_over();  // so that there will be room
        return true;
    }
    keep(pieces, 1);
    if (earlier_frames_ + file_->frames == limits_.packets) full_ = StopReason::packets;
    return true;
}

/// Pieces that hold so many frames.
void Recorder::keep(std::span<const Encoder::Piece> pieces, std::size_t frames) {
    for (const Encoder::Piece& piece : pieces) {
        if (slices_.empty() || !piece.extend(slices_.back())) begin_slice(piece);
        file_->bytes += piece.end - piece.begin;
    }
    sink::PartSlice& slice = slices_.back();
    slice.frames += frames;
    slice.whole_bytes = slice.end - slice.begin;
    file_->frames += frames;
}

/// The next file begins, if it is there already.
void Recorder::cut() {
    auto next = files_->take_next();
    if (!next) return;
    put_statistics();
    earlier_bytes_ += file_->bytes;
    earlier_frames_ += file_->frames;
    files_->put_full(std::exchange(file_, std::move(next)));
    begin_file();
    encoder_.seal();  // frames begin elsewhere within their pages
}

void Recorder::begin_slice(const Encoder::Piece& piece) {
    // the part before is full: it goes to the disk together with others, while memory is plenty
    if (slices_.size() >= encoder_.batch_parts() || encoder_.is_memory_scarce()) hand_over();
    slices_.push_back(piece.as_slice());
}

void Recorder::hand_over(Tail tail) {
    if (!slices_.empty() || tail_waits_) file_->spool->put(slices_, tail);
    slices_.clear();
    tail_waits_ = tail == Tail::may_wait;
    hand_over_at_ = tail_waits_ ? base::in(longest_in_memory) : base::never;
}

void Recorder::batch_done(const pcap::SourceCounts& counts) {
    source_ = counts;
    const auto now = base::Deadline::clock::now();
    // what fills no page came in with this batch: it is as young as what comes next
    const bool is_tail_young =
        file_->bytes - std::exchange(bytes_before_, file_->bytes) >= sink::GrowingFile::page_bytes;
    if (!slices_.empty() || tail_waits_) {
        if (hand_over_at_ == base::never) hand_over_at_ = now + longest_in_memory;
        const bool is_late = now >= hand_over_at_;
        const bool is_scarce = (is_late || slices_.size() > 1) && encoder_.is_memory_scarce();
        if (is_late || is_scarce) {
            hand_over(is_tail_young && !is_scarce ? Tail::may_wait : Tail::goes);
        }
        if (is_late && is_scarce) encoder_.seal();
    }
    if (now >= statistics_at_) put_statistics_between();
    if (now >= cut_at_ && file_->frames > 0) cut();  // no file without packets but the last
    const auto spooled = file_->spool->progress();
    if (file_->sink) file_->sink->advance(spooled.written_bytes);
    observer_({.counters = counters(spooled), .file = file_->number, .spooled = spooled});
}

/// The file says how it stands, where its limit leaves room for that and for the last word.
void Recorder::put_statistics_between() {
    statistics_at_ = base::in(form_.between_statistics);
    if (limits_.bytes != 0 &&
        earlier_bytes_ + file_->bytes + 2 * statistics_bytes_ > limits_.bytes) {
        return;
    }
    put_statistics();
    encoder_.seal();  // frames lie elsewhere within their pages from here on
}

std::unique_ptr<RecordingFile> Recorder::finish() {
    put_statistics();
    earlier_bytes_ += file_->bytes;
    earlier_frames_ += file_->frames;
    return std::exchange(file_, nullptr);
}

void Recorder::put_statistics() {
    hand_over();
    auto block = form_.statistics(counters());
    if (block.empty()) return;
    file_->bytes += block.size();
    file_->spool->put(std::move(block));
}

Counters Recorder::counters() const {
    return counters(file_->spool->progress());
}

Counters Recorder::counters(const sink::SpoolProgress& spooled) const {
    return counters(spooled.lost_frames,
                    earlier_bytes_ + (spooled.error ? spooled.written_bytes : file_->bytes));
}

Counters Recorder::counters(std::uint64_t lost_frames, std::uint64_t bytes) const {
    const std::uint64_t encoded = earlier_frames_ + (file_ ? file_->frames : 0);
    return {.received = source_.seen + source_.dropped,
            .captured = encoded - lost_frames,
            .filtered = source_.seen - encoded - queue_drops_ - source_.overrun,
            .dropped_ring = source_.dropped,
            .dropped_queue = queue_drops_ + source_.overrun,
            .dropped_disk = lost_frames,
            .bytes = bytes};
}

}  // namespace xpc::job
