#include "job/merge.hpp"

#include <algorithm>

namespace xpc::job {

Merge::Merge(sink::PartPool& pool, const std::vector<std::uint32_t>& sources,
             pcap::FrameConsumer& into)
    : into_(into), strands_(sources.size()) {
    for (std::size_t i = 0; i < sources.size(); ++i)
        strands_[i].lane = std::make_unique<Lane>(pool, sources[i]);
}

bool Merge::advance() {
    hear();
    base::WallTime up_to = base::WallTime::max();
    for (const Strand& strand : strands_)
        up_to = std::min(up_to, strand.counts.up_to);
    give(up_to);
    report();
    return !is_full_;
}

void Merge::finish() {
    hear();
    give(base::WallTime::max());
    report();
}

void Merge::hear() {
    for (Strand& strand : strands_) {
        auto news = strand.lane->take();
        strand.reader.add(std::move(news.slices));
        strand.counts = news.counts;
        strand.encoded = news.encoded;
    }
}

void Merge::give(base::WallTime up_to) {
    while (!is_full_) {
        Strand* first = nullptr;
        base::WallTime earliest = up_to;
        for (Strand& strand : strands_) {
            const auto* const frame = strand.reader.front();
            if (frame == nullptr || frame->when >= earliest) continue;
            earliest = frame->when;
            first = &strand;
        }
        if (first == nullptr) return;
        pcap::FrameView frame = *first->reader.front();
        frame.number = next_number_++;
        const auto taken = into_.accept({&frame, 1});
        is_full_ = taken.is_full;
        first->given += taken.frames;
        first->reader.pop();
    }
}

void Merge::report() {
    pcap::SourceCounts all{.up_to = base::WallTime::max()};
    for (const Strand& strand : strands_) {
        // what waits to be given on has not been seen by the consumer, nor will what is too much
        all.seen += strand.counts.seen - (strand.encoded - strand.given);
        all.dropped += strand.counts.dropped;
        all.overrun += strand.counts.overrun;
        all.up_to = std::min(all.up_to, strand.counts.up_to);
    }
    into_.batch_done(all);
}

Counters Merge::counters(std::uint32_t source) const {
    Counters counters;
    for (const Strand& strand : strands_) {
        if (strand.lane->source() != source) continue;
        const auto& counts = strand.counts;
        counters.captured += strand.given;
        counters.filtered += counts.seen - strand.encoded - counts.overrun;
        counters.dropped_ring += counts.dropped;
        counters.dropped_queue += counts.overrun;
    }
    counters.received =
        counters.captured + counters.filtered + counters.dropped_ring + counters.dropped_queue;
    return counters;
}

}  // namespace xpc::job
