#include "sink/shared_sync.hpp"

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

constexpr base::Deadline start{1h};
constexpr std::size_t many = 50;

/// The pause after one that took longer than it may, at `now`.
base::Deadline::duration pause_after_a_long_one(SharedSync& shared, base::Deadline now) {
    shared.took(1s, now);
    auto pause = 0s;
    while (!shared.is_worth_it(many, now + pause))
        pause += 1s;
    return pause;
}

}  // namespace

TEST_CASE("many files are synced at once, and a few one by one") {
    const SharedSync shared;
    CHECK(shared.is_worth_it(many, start));
    CHECK_FALSE(shared.is_worth_it(1, start));
    CHECK_FALSE(shared.is_worth_it(3, start));
}

TEST_CASE("after one that took long, none for a while, and longer each time") {
    SharedSync shared;
    CHECK(pause_after_a_long_one(shared, start) == 10s);
    CHECK(pause_after_a_long_one(shared, start + 10s) == 20s);
    SUBCASE("but not for ever") {
        auto now = start;
        for (int i = 0; i < 20; ++i)
            now += pause_after_a_long_one(shared, now);
        CHECK(pause_after_a_long_one(shared, now) == 10min);
    }
    SUBCASE("until one was short") {
        shared.took(1ms, start + 30s);
        CHECK(shared.is_worth_it(many, start + 30s));
        CHECK(pause_after_a_long_one(shared, start + 30s) == 10s);
    }
}
