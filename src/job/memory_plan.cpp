#include "job/memory_plan.hpp"

#include <algorithm>
#include <bit>

namespace xpc::job {

MemoryPlan plan_memory(std::size_t memory_bytes) {
    // Every running job has a part that it fills, and others being written: twice as many as may
    // run by default. A part of 1 MiB makes a disk as fast as it gets.
    constexpr std::size_t wanted_parts = 256;
    constexpr std::size_t smallest_part = std::size_t{32} << 10U;
    constexpr std::size_t largest_part = std::size_t{1} << 20U;
    const std::size_t half = memory_bytes / 2;
    const std::size_t part =
        std::bit_floor(std::clamp(half / wanted_parts, smallest_part, largest_part));
    return {.ring_bytes = memory_bytes - half, .part_bytes = part, .part_count = half / part};
}

}  // namespace xpc::job
