#include "job/lane.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace xpc::job {

pcap::Taken Lane::accept(std::span<const pcap::FrameView> frames) {
    for (const pcap::FrameView& frame : frames)
        keep(frame);
    return {.frames = frames.size()};
}

void Lane::keep(const pcap::FrameView& frame) {
    pcap::FrameView own = frame;
    own.source = source_;
    const auto pieces = encoder_.encode(own, encoder_.record_bytes(own), 0);
    if (pieces.empty()) {
        ++overrun_;
        return;
    }
    for (const Encoder::Piece& piece : pieces) {
        const bool extended = !slices_.empty() && piece.extend(slices_.back());
        if (!extended) slices_.push_back(piece.as_slice());
    }
    ++encoded_;
}

void Lane::batch_done(const pcap::SourceCounts& counts) {
    if (encoder_.is_memory_scarce()) encoder_.seal();
    const std::lock_guard lock(mutex_);
    std::ranges::move(slices_, std::back_inserter(news_.slices));
    slices_.clear();
    news_.counts = counts;
    news_.counts.overrun = overrun_;
    news_.encoded = encoded_;
}

Lane::News Lane::take() {
    const std::lock_guard lock(mutex_);
    return {.slices = std::exchange(news_.slices, {}),
            .counts = news_.counts,
            .encoded = news_.encoded};
}

}  // namespace xpc::job
