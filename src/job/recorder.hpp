#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "job/encoder.hpp"
#include "job/job.hpp"
#include "job/recording_file.hpp"

namespace xpc::job {

/// When a recording is full, and when a file of it is; 0: never.
struct RecordingLimits {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;  ///< of all files
    std::uint64_t segment_bytes = 0;
    std::chrono::milliseconds segment_duration{};
};

/// What stands in a recording's files around the frames.
struct RecordingForm {
    std::vector<std::byte> head;
    /// How it stands; empty for formats that have no place for it.
    std::function<std::vector<std::byte>(const Counters&)> statistics;
    /// How often it says so between the frames; 0: only behind the last.
    std::chrono::milliseconds between_statistics{};
};

/// How a recording stands.
struct RecordingProgress {
    Counters counters;                   ///< which add up
    std::uint32_t file = 1;              ///< the number of the one that is written
    const sink::SpoolProgress& spooled;  ///< of that one
};

/// Where the frames of one run go: encoded into parts, the one copy that is made, and slices of
/// these to the spool. When there is no part to be had, frames are dropped and counted (`queue`).
/// Lifetime: everything it is given a reference to outlives it.
/// Threads:  accept() and batch_done(): the frames' source; the rest: before and after.
class Recorder final : public pcap::FrameConsumer {
public:
    /// Called after each batch.
    using Observer = std::function<void(const RecordingProgress&)>;

    /// `files` is needed where the limits are such that there may be more than the first.
    Recorder(Encoder& encoder, std::unique_ptr<RecordingFile> first, RecordingForm form,
             const RecordingLimits& limits, RecordingFiles* files, Observer observer);

    pcap::Taken accept(std::span<const pcap::FrameView> frames) override;

    [[nodiscard]] bool has_room(std::size_t bytes) const override {
        return encoder_.has_room(bytes);
    }

    void batch_done(const pcap::SourceCounts& counts) override;

    /// Hands over what is left, and the last statistics, and gives the file away, which has to be
    /// closed then.
    [[nodiscard]] std::unique_ptr<RecordingFile> finish();

    /// As of the last batch. After finish(): give the frames that the disk refused, of all files,
    /// and the bytes that it has.
    [[nodiscard]] Counters counters() const;
    [[nodiscard]] Counters counters(std::uint64_t lost_frames, std::uint64_t bytes) const;

    /// Why it wanted no more, if it did: packets or bytes.
    [[nodiscard]] std::optional<StopReason> full() const noexcept { return full_; }

private:
    [[nodiscard]] Counters counters(const sink::SpoolProgress& spooled) const;
    [[nodiscard]] std::size_t accept_run(std::span<const pcap::FrameView> frames);
    [[nodiscard]] bool accept_one(const pcap::FrameView& frame);
    void keep(std::span<const Encoder::Piece> pieces, std::size_t frames);
    [[nodiscard]] std::size_t left_in_recording() const;
    [[nodiscard]] std::size_t left_in_file() const;
    [[nodiscard]] std::size_t left(std::uint64_t limit, std::uint64_t bytes) const;
    void begin_file();
    void begin_slice(const Encoder::Piece& piece);
    void hand_over(sink::Spool::Tail tail = sink::Spool::Tail::goes);
    void put_statistics();
    void put_statistics_between();
    void cut();

    Encoder& encoder_;
    std::unique_ptr<RecordingFile> file_;
    RecordingForm form_;
    RecordingLimits limits_;
    RecordingFiles* files_;
    Observer observer_;
    std::vector<sink::PartSlice> slices_;        ///< encoded, and not with the spool yet
    bool tail_waits_ = false;                    ///< with the spool, for more
    base::Deadline hand_over_at_ = base::never;  ///< when they have to be, and it has to go
    std::uint64_t bytes_before_ = 0;             ///< of the file, as of the last batch
    std::uint64_t statistics_bytes_;             ///< room for those at the end of a file
    base::Deadline statistics_at_ = base::never;
    base::Deadline cut_at_ = base::never;
    std::uint64_t earlier_bytes_ = 0;  ///< of the files before
    std::uint64_t earlier_frames_ = 0;
    std::uint64_t queue_drops_ = 0;
    pcap::SourceCounts source_;
    std::optional<StopReason> full_;
};

}  // namespace xpc::job
