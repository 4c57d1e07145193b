#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "job/encoder.hpp"
#include "pcap/frame.hpp"
#include "sink/part_pool.hpp"

namespace xpc::job {

/// One of several sources of frames for one file. What it is shown waits, encoded, until the merge
/// takes it.
/// Lifetime: the pool outlives it, and so does whoever took slices of it.
/// Threads:  accept() and batch_done(): the source's; take(): the merge's.
class Lane final : public pcap::FrameConsumer {
public:
    /// `source` is the file's number for the interface.
    Lane(sink::PartPool& pool, std::uint32_t source)
        : source_(source), encoder_(pool, pcap::FrameWriter(pcap::FileFormat::pcapng)) {}

    pcap::Taken accept(std::span<const pcap::FrameView> frames) override;

    [[nodiscard]] bool has_room(std::size_t bytes) const override {
        return encoder_.has_room(bytes);
    }

    void batch_done(const pcap::SourceCounts& counts) override;

    /// What has come since the call before.
    struct News {
        std::vector<sink::PartSlice> slices;  ///< Enhanced Packet Blocks, one after the other
        pcap::SourceCounts counts;            ///< of all
        std::uint64_t encoded = 0;            ///< frames, of all: those in slices so far
    };

    [[nodiscard]] News take();

    [[nodiscard]] std::uint32_t source() const noexcept { return source_; }

private:
    void keep(const pcap::FrameView& frame);

    std::uint32_t source_;
    Encoder encoder_;

    // of the source's thread
    std::vector<sink::PartSlice> slices_;
    std::uint64_t encoded_ = 0;
    std::uint64_t overrun_ = 0;

    std::mutex mutex_;
    News news_;  ///< under mutex_
};

}  // namespace xpc::job
