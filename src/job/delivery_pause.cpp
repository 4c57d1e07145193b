#include "job/delivery_pause.hpp"

#include <algorithm>
#include <cstdint>

namespace xpc::job {

std::chrono::milliseconds delivery_pause(unsigned failures, double chance) noexcept {
    using std::chrono::milliseconds;
    constexpr milliseconds first{5000};
    constexpr milliseconds longest{600'000};
    constexpr unsigned most_doublings = 7;  // 5 s x 128 is more than the longest
    const auto doublings = std::min(std::max(failures, 1U) - 1, most_doublings);
    const auto usual = std::min(first * (1U << doublings), longest);
    const auto by_chance = chance * static_cast<double>(usual.count());
    return usual / 2 + milliseconds(static_cast<std::int64_t>(by_chance));
}

}  // namespace xpc::job
