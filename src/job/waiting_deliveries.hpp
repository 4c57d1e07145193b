#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/stop.hpp"
#include "sink/sink.hpp"

namespace xpc::job {

/// What this process has tried of a delivery.
struct DeliveryTries {
    unsigned failures = 0;                ///< in a row
    std::optional<base::Deadline> first;  ///< when that began
};

/// A job whose delivery waits until it is tried again.
struct WaitingDelivery {
    std::string id;
    sink::StoreKind store{};
    DeliveryTries tries;
    base::Deadline due;
};

/// Deliveries that wait: without a thread, and without a descriptor.
/// Threads: any.
class WaitingDeliveries {
public:
    /// Nothing changes where the job waits already.
    void put(WaitingDelivery delivery);

    /// Of those that are due, and go to such a store, the one that is for the longest.
    [[nodiscard]] std::optional<WaitingDelivery> take_due(sink::StoreKind store,
                                                          base::Deadline now);

    /// False where it does not wait: then it runs, or is none.
    [[nodiscard]] bool take(const std::string& id);

    /// When the first one is due that is not yet; nothing where there is none.
    [[nodiscard]] std::optional<base::Deadline> next_due(base::Deadline now) const;

    [[nodiscard]] bool contains(const std::string& id) const;

    [[nodiscard]] bool empty() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, WaitingDelivery> by_id_;
    std::map<sink::StoreKind, std::set<std::pair<base::Deadline, std::string>>> by_due_;
};

}  // namespace xpc::job
