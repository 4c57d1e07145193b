#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "job/job.hpp"
#include "pcap/pcap_writer.hpp"
#include "sink/part_pool.hpp"
#include "sink/sink.hpp"
#include "sink/spool.hpp"

namespace xpc::job {

/// Where the frames of one run go: encoded into the current part, the one copy that is made, and
/// with it to the spool. When every part is out, frames are dropped and counted (`queue`).
/// Lifetime: everything it is given outlives it.
/// Threads:  one, the run's.
class Recorder final : public pcap::FrameConsumer {
public:
    struct Target {
        sink::PartPool& pool;
        sink::Spool& spool;
        sink::Sink& sink;
    };

    /// Called after each batch with counters that add up.
    using Observer = std::function<void(const Counters&, const std::optional<base::Error>&)>;

    /// Writes the file header.
    Recorder(const Target& target, const pcap::PcapWriter& writer, Observer observer);

    void accept(const pcap::FrameView& frame) override;
    void batch_done(std::uint64_t ring_drops) override;

    /// Hands over the last part.
    void finish();

    /// As of now, with what the spool has lost.
    [[nodiscard]] Counters counters() const;

private:
    [[nodiscard]] bool make_room(std::size_t length);
    void seal();
    void seal_if_replaceable();

    Target target_;
    pcap::PcapWriter writer_;
    Observer observer_;
    std::optional<sink::PartLease> part_;
    base::Deadline seal_at_ = base::never;  ///< when the current part leaves, full or not
    std::uint64_t encoded_frames_ = 0;
    std::uint64_t encoded_bytes_ = 0;
    std::uint64_t queue_drops_ = 0;
    std::uint64_t ring_drops_ = 0;
};

}  // namespace xpc::job
