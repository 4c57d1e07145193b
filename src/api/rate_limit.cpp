#include "api/rate_limit.hpp"

#include <algorithm>

#include "base/network.hpp"
#include "base/text.hpp"

namespace xpc::api {

std::optional<std::chrono::seconds> RateLimit::note(const std::string& who, base::Deadline now) {
    return spent_until_.with([&](Moments& moments) -> std::optional<std::chrono::seconds> {
        if (!moments.contains(who)) make_room(moments, now);
        base::Deadline& until = moments.try_emplace(who, now).first->second;
        const base::Deadline next = std::max(until, now) + terms_.each;
        const auto beyond = next - now - terms_.each * terms_.at_once;
        if (beyond > std::chrono::nanoseconds::zero()) {
            return std::chrono::ceil<std::chrono::seconds>(beyond);
        }
        until = next;
        return std::nullopt;
    });
}

void RateLimit::make_room(Moments& moments, base::Deadline now) {
    if (moments.size() < most_known) return;
    std::erase_if(moments, [now](const auto& one) { return one.second <= now; });
    if (moments.size() < most_known) return;
    moments.erase(std::ranges::min_element(
        moments, {}, [](const Moments::value_type& one) { return one.second; }));
}

std::string rate_key(const std::string& address) {
    constexpr unsigned network_bits = 64;
    const auto parsed = base::parse_ip(address);
    if (!parsed || parsed->is_ipv4()) return address;
    const auto network = base::masked(*parsed, network_bits);
    return base::hex({reinterpret_cast<const char*>(network.raw.data()), network.raw.size()});
}

}  // namespace xpc::api
