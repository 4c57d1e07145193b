#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "job/encoder.hpp"
#include "job/job.hpp"
#include "sink/sink.hpp"
#include "sink/spool.hpp"

namespace xpc::job {

/// When a recording is full; 0: never.
struct RecordingLimits {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;  ///< of the file
};

/// Where the frames of one run go: encoded into parts, the one copy that is made, and slices of
/// these to the spool. When there is no part to be had, frames are dropped and counted (`queue`).
/// Lifetime: everything it is given outlives it.
/// Threads:  accept() and batch_done(): the frames' source; the rest: before and after.
class Recorder final : public pcap::FrameConsumer {
public:
    struct Target {
        Encoder& encoder;
        sink::Spool& spool;
        sink::Sink& sink;
    };

    /// The bytes that say how it stands, to be put between frames; none for formats without.
    using Statistics = std::function<std::vector<std::byte>(const Counters&)>;

    /// Called after each batch with counters that add up.
    using Observer = std::function<void(const Counters&, const std::optional<base::Error>&)>;

    Recorder(const Target& target, RecordingLimits limits, Statistics statistics,
             Observer observer);

    /// What the file begins with. Before the first frame.
    void put_head(std::vector<std::byte> head);

    pcap::Taken accept(const pcap::FrameView& frame) override;
    void batch_done(const pcap::SourceCounts& counts) override;

    /// Hands over what is left, and the last statistics.
    void finish();

    /// As of the last batch, with what the spool has lost.
    [[nodiscard]] Counters counters() const { return counters(target_.spool.progress()); }

    /// Why it wanted no more, if it did: packets or bytes.
    [[nodiscard]] std::optional<StopReason> full() const noexcept { return full_; }

private:
    [[nodiscard]] Counters counters(const sink::SpoolProgress& spooled) const;
    void append(const Encoder::Piece& piece);
    void hand_over();
    void put_statistics();

    Target target_;
    RecordingLimits limits_;
    Statistics statistics_;
    Observer observer_;
    std::optional<sink::PartSlice> slice_;     ///< encoded, and not with the spool yet
    base::Deadline hand_over_at_ = base::never;  ///< when it has to be
    base::Deadline statistics_at_;
    std::uint64_t file_bytes_ = 0;
    std::uint64_t encoded_frames_ = 0;
    std::uint64_t queue_drops_ = 0;
    pcap::SourceCounts source_;
    std::optional<StopReason> full_;
};

}  // namespace xpc::job
