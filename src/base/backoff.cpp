#include "base/backoff.hpp"

#include <algorithm>
#include <cstdint>

namespace xpc::base {

using std::chrono::milliseconds;

milliseconds doubled(milliseconds first, unsigned failures, unsigned most_doublings) noexcept {
    return first * (1U << std::min(std::max(failures, 1U) - 1, most_doublings));
}

milliseconds spread(milliseconds pause, double chance) noexcept {
    const auto by_chance = chance * static_cast<double>(pause.count());
    return pause / 2 + milliseconds(static_cast<std::int64_t>(by_chance));
}

}  // namespace xpc::base
