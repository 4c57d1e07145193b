#pragma once

#include <chrono>

namespace xpc::job {

/// How long to wait with a delivery that has failed so many times in a row (1 or more), each time
/// for a reason that may pass.
/// Shape: 5 s, doubled each time, at most 10 min; of which each is taken from a half to one and a
///        half by `chance` (0 to 1), so that many jobs do not come back in step when their store
///        does.
[[nodiscard]] std::chrono::milliseconds delivery_pause(unsigned failures, double chance) noexcept;

/// How old a delivery is that does not succeed.
struct DeliveryAge {
    std::chrono::nanoseconds since_capture;    ///< its end; also while no server ran
    std::chrono::nanoseconds since_first_try;  ///< by this process
};

/// Whether it is given up: `give_up_after` behind the capture, but not before this process has
/// tried for ten minutes, or for `give_up_after` where that is less.
[[nodiscard]] bool is_too_old(const DeliveryAge& age,
                              std::chrono::milliseconds give_up_after) noexcept;

}  // namespace xpc::job
