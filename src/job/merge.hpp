#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "job/job.hpp"
#include "job/lane.hpp"
#include "job/slice_reader.hpp"

namespace xpc::job {

/// Brings the frames of several lanes into one order, that of time.
/// Lifetime: the consumer outlives it.
/// Threads:  one, but for the lanes' own part.
class Merge {
public:
    Merge(sink::PartPool& pool, const std::vector<std::uint32_t>& sources,
          pcap::FrameConsumer& into);

    /// Where the frames of that capture go, in the order of `sources`.
    [[nodiscard]] pcap::FrameConsumer& lane(std::size_t index) noexcept {
        return *strands_[index].lane;
    }

    /// Gives on what is certain to be in order: up to the moment up to which every lane is
    /// complete. False when the consumer wanted no more.
    bool advance();

    /// Likewise all that there is: the lanes have ended.
    void finish();

    /// What came from the interfaces with that number, of what was given on so far.
    [[nodiscard]] Counters counters(std::uint32_t source) const;

private:
    struct Strand {
        std::unique_ptr<Lane> lane;
        SliceReader reader;
        pcap::SourceCounts counts;
        std::uint64_t encoded = 0;  ///< frames that the lane has had
        std::uint64_t given = 0;    ///< of these
    };

    void hear();
    void give(base::WallTime up_to);
    void report();

    pcap::FrameConsumer& into_;
    std::vector<Strand> strands_;
    std::uint64_t next_number_ = 0;
    bool is_full_ = false;
};

}  // namespace xpc::job
