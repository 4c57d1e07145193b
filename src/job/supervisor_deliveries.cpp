// Deliveries that wait: few are tried at a time, and the others are rows.

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "job/passing_errors.hpp"
#include "job/supervisor.hpp"

namespace xpc::job {
namespace {

using base::Errc;

/// Those that were waiting, at a time, to a store of one kind: of a store that is away a few know
/// as much as thousands would.
constexpr std::size_t most_resumed = 32;

/// Until what could not be started is tried again.
constexpr std::chrono::seconds until_there_are_threads{2};

}  // namespace

void Supervisor::deliver_later(const Job& job) {
    deliveries_.put({.id = job.id,
                     .store = job.destination.store,
                     .tries = {},
                     .due = base::Deadline::clock::now()});
    wakeup_.ring();
}

/// When to look again, if no run that ends says so.
std::optional<std::chrono::milliseconds> Supervisor::start_deliveries() {
    const auto now = base::Deadline::clock::now();
    for (const auto store : {sink::StoreKind::embedded, sink::StoreKind::s3}) {
        for (auto there = count_deliveries(store); there < most_resumed; ++there) {
            auto delivery = deliveries_.take_due(store, now);
            if (!delivery) break;
            if (!start_delivery(std::move(*delivery))) return until_there_are_threads;
        }
    }
    const auto next = deliveries_.next_due(now);
    if (!next) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(*next - now);
}

/// False where the system has no thread for it: it stays as it is.
bool Supervisor::start_delivery(WaitingDelivery delivery) {
    const auto job = store_.find(delivery.id);
    if (!job || is_final(job->position)) return true;
    try {
        add_run(*job, delivery.tries);
    } catch (const std::exception& refused) {
        base::log::warning(
            "job.delivery_waits",
            {{"job", job->id},
             {"cause", base::error_of(refused).message},
             {"pause_ms", std::chrono::milliseconds(until_there_are_threads).count()}});
        deliveries_.put(std::move(delivery));
        return false;
    }
    return true;
}

/// That were waiting, and are tried.
std::size_t Supervisor::count_deliveries(sink::StoreKind store) {
    return active_.with([store](ActiveRuns& active) {
        return static_cast<std::size_t>(std::ranges::count_if(
            active, [store](const auto& one) { return one.second.resumed == store; }));
    });
}

/// Of a delivery that waits, and whose user does not want it any more.
void Supervisor::fail_given_up(Job job) {
    forget_what_passed(job);
    metrics_.count_not_delivered(job, Errc::interrupted, false);
    fail_before_start(std::move(job), Run::given_up().error());
}

}  // namespace xpc::job
