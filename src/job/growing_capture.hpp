#pragma once

#include <cstdint>
#include <string>

#include "job/job.hpp"

namespace xpc::job {

/// What a capture that goes on has on the disk, for those who read it there.
struct GrowingCapture {
    unsigned attempt = 0;     ///< that of a device may be recorded from its beginning once more
    std::uint32_t file = 0;   ///< the number of the file that is written; 0: there is none yet
    std::uint64_t bytes = 0;  ///< of that file: whole frames, which will not change any more
    std::uint64_t head_bytes = 0;  ///< that each of its files begins with, alike, before the frames
    bool has_ended = false;        ///< that file is complete, and the last
};

/// How far a capture is that runs.
struct RunningCounters {
    std::string id;
    std::int64_t number = 0;
    Counters counters;
};

}  // namespace xpc::job
