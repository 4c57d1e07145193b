#include "job/delivery_pause.hpp"

#include <doctest/doctest.h>

using namespace xpc::job;
using namespace std::chrono_literals;

TEST_CASE("pauses between deliveries grow to ten minutes and are spread around that") {
    CHECK(delivery_pause(1, 0.5) == 5s);
    CHECK(delivery_pause(2, 0.5) == 10s);
    CHECK(delivery_pause(5, 0.5) == 80s);
    CHECK(delivery_pause(7, 0.5) == 320s);
    CHECK(delivery_pause(8, 0.5) == 600s);
    CHECK(delivery_pause(4'000'000'000, 0.5) == 600s);
    CHECK(delivery_pause(0, 0.5) == 5s);
    CHECK(delivery_pause(1, 0) == 2500ms);
    CHECK(delivery_pause(1, 1) == 7500ms);
    CHECK(delivery_pause(9, 0) == 300s);
    CHECK(delivery_pause(9, 1) == 900s);
}
