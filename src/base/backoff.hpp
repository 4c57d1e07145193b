#pragma once

#include <chrono>

namespace xpc::base {

/// The pause after so many failures in a row (1 or more): `first`, doubled with each one more, so
/// many times at most.
[[nodiscard]] std::chrono::milliseconds doubled(std::chrono::milliseconds first, unsigned failures,
                                                unsigned most_doublings) noexcept;

/// From a half of it to one and a half, by `chance` (0 to 1), so that those who failed together do
/// not come back in step.
[[nodiscard]] std::chrono::milliseconds spread(std::chrono::milliseconds pause,
                                               double chance) noexcept;

}  // namespace xpc::base
