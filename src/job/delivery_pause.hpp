#pragma once

#include <chrono>

namespace xpc::job {

/// How long to wait with a delivery that has failed so many times in a row (1 or more), each time
/// for a reason that may pass.
/// Shape: 5 s, doubled each time, at most 10 min; of which each is taken from a half to one and a
///        half by `chance` (0 to 1), so that many jobs do not come back in step when their store
///        does.
[[nodiscard]] std::chrono::milliseconds delivery_pause(unsigned failures, double chance) noexcept;

}  // namespace xpc::job
