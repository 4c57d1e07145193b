#pragma once

#include <cstddef>

namespace xpc::job {

/// How `[capture] memory` is divided.
struct MemoryPlan {
    std::size_t ring_bytes = 0;  ///< of all taps together
    std::size_t part_bytes = 0;
    std::size_t part_count = 0;
};

/// Half for the rings, which bridge the time in which a tap does not run, and half for the parts,
/// which bridge the time in which the disk does not write. As many parts as may be wanted at once
/// by the most jobs that may run, and as large as that allows.
[[nodiscard]] MemoryPlan plan_memory(std::size_t memory_bytes);

}  // namespace xpc::job
