#include "job/waiting_deliveries.hpp"

#include <algorithm>

namespace xpc::job {

void WaitingDeliveries::put(WaitingDelivery delivery) {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = by_id_.try_emplace(delivery.id);
    if (!is_new) return;
    by_due_[delivery.store].emplace(delivery.due, delivery.id);
    place->second = std::move(delivery);
}

std::optional<WaitingDelivery> WaitingDeliveries::take_due(sink::StoreKind store,
                                                           base::Deadline now) {
    const std::lock_guard lock(mutex_);
    auto& order = by_due_[store];
    if (order.empty() || order.begin()->first > now) return std::nullopt;
    const auto taken = by_id_.find(order.begin()->second);
    WaitingDelivery delivery = std::move(taken->second);
    by_id_.erase(taken);
    order.erase(order.begin());
    return delivery;
}

bool WaitingDeliveries::take(const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto taken = by_id_.extract(id);
    if (taken.empty()) return false;
    by_due_[taken.mapped().store].erase({taken.mapped().due, id});
    return true;
}

std::optional<base::Deadline> WaitingDeliveries::next_due(base::Deadline now) const {
    const std::lock_guard lock(mutex_);
    std::optional<base::Deadline> next;
    for (const auto& [store, order] : by_due_) {
        const auto first = order.lower_bound({now + base::Deadline::duration(1), {}});
        if (first != order.end()) next = std::min(next.value_or(first->first), first->first);
    }
    return next;
}

bool WaitingDeliveries::contains(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return by_id_.contains(id);
}

bool WaitingDeliveries::empty() const {
    const std::lock_guard lock(mutex_);
    return by_id_.empty();
}

}  // namespace xpc::job
