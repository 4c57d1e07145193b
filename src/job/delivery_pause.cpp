#include "job/delivery_pause.hpp"

#include <algorithm>

#include "base/backoff.hpp"

namespace xpc::job {

std::chrono::milliseconds delivery_pause(unsigned failures, double chance) noexcept {
    using std::chrono::milliseconds;
    constexpr milliseconds first{5000};
    constexpr milliseconds longest{600'000};
    constexpr unsigned most_doublings = 7;  // 5 s x 128 is more than the longest
    return base::spread(std::min(base::doubled(first, failures, most_doublings), longest), chance);
}

bool is_too_old(const DeliveryAge& age, std::chrono::milliseconds give_up_after) noexcept {
    constexpr std::chrono::milliseconds least{600'000};
    return age.since_capture >= give_up_after &&
           age.since_first_try >= std::min(least, give_up_after);
}

}  // namespace xpc::job
