#include "job/waiting_deliveries.hpp"

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using sink::StoreKind;

namespace {

const base::Deadline now = base::Deadline::clock::now();

WaitingDelivery delivery(std::string id, StoreKind store, base::Deadline due) {
    return {
        .id = std::move(id), .store = store, .tries = {.failures = 3, .first = now}, .due = due};
}

}  // namespace

TEST_CASE("of the deliveries that wait the one comes first that is due for the longest") {
    WaitingDeliveries deliveries;
    CHECK(deliveries.empty());
    CHECK_FALSE(deliveries.next_due(now));
    deliveries.put(delivery("b", StoreKind::s3, now - 1s));
    deliveries.put(delivery("c", StoreKind::s3, now));
    deliveries.put(delivery("a", StoreKind::s3, now + 1s));
    deliveries.put(delivery("d", StoreKind::embedded, now + 5s));
    CHECK(deliveries.next_due(now) == now + 1s);
    CHECK_FALSE(deliveries.take_due(StoreKind::embedded, now));
    const auto first = deliveries.take_due(StoreKind::s3, now);
    REQUIRE(first);
    CHECK(first->id == "b");
    CHECK(first->tries.failures == 3);
    CHECK(first->tries.first == now);
    CHECK(deliveries.take_due(StoreKind::s3, now)->id == "c");
    CHECK_FALSE(deliveries.take_due(StoreKind::s3, now));
    CHECK(deliveries.next_due(now + 1s) == now + 5s);
    CHECK(deliveries.take_due(StoreKind::s3, now + 1s)->id == "a");
    CHECK_FALSE(deliveries.empty());
}

TEST_CASE("a delivery waits once, and not when it was taken") {
    WaitingDeliveries deliveries;
    deliveries.put(delivery("a", StoreKind::s3, now + 1s));
    deliveries.put(delivery("a", StoreKind::s3, now));
    CHECK(deliveries.contains("a"));
    CHECK(deliveries.next_due(now) == now + 1s);
    CHECK(deliveries.take("a"));
    CHECK_FALSE(deliveries.take("a"));
    CHECK_FALSE(deliveries.contains("a"));
    CHECK(deliveries.empty());
    CHECK_FALSE(deliveries.take_due(StoreKind::s3, now + 1s));
}
