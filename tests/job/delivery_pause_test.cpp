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

TEST_CASE("a delivery is given up by its age, and not before this process has tried for a while") {
    struct Row {
        const char* name;
        DeliveryAge age;
        std::chrono::milliseconds give_up_after;
        bool is_too_old;
    };

    const Row rows[]{
        {"young", {.since_capture = 1h, .since_first_try = 1h}, 7 * 24h, false},
        {"old, and tried all the time", {7 * 24h, 7 * 24h}, 7 * 24h, true},
        {"the server was off, and has just begun", {8 * 24h, 10s}, 7 * 24h, false},
        {"the server was off, and has tried", {8 * 24h, 10min}, 7 * 24h, true},
        {"to be given up soon, and just begun", {1h, 59s}, 1min, false},
        {"to be given up soon, and tried for as long", {1h, 60s}, 1min, true},
        {"to be given up at once", {.since_capture = 1s, .since_first_try = 0s}, 0s, true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(is_too_old(row.age, row.give_up_after) == row.is_too_old);
    }
}
