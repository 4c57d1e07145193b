#include "job/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <doctest/doctest.h>

using namespace xpc::job;

namespace {

constexpr std::array all_states{State::queued, State::starting, State::running, State::stopping,
                                State::stopped};
constexpr std::array all_deliveries{Delivery::none, Delivery::uploading, Delivery::delivered,
                                    Delivery::failed};

std::vector<Position> all_positions() {
    std::vector<Position> positions;
    for (const State state : all_states) {
        for (const Delivery delivery : all_deliveries)
            positions.push_back({state, delivery});
    }
    return positions;
}

}  // namespace

TEST_CASE("every word is read back as what it was written for") {
    for (const State state : all_states)
        CHECK(state_from(word(state)) == state);
    for (const Delivery delivery : all_deliveries) {
        CHECK(delivery_from(word(delivery)) == delivery);
    }
    for (int i = 0; i <= static_cast<int>(StopReason::crash); ++i) {
        const auto reason = static_cast<StopReason>(i);
        CHECK(stop_reason_from(word(reason)) == reason);
    }
    CHECK_FALSE(state_from("STOPPED"));
    CHECK_FALSE(delivery_from(""));
    CHECK_FALSE(stop_reason_from("whim"));
}

TEST_CASE("a job that has ended goes nowhere any more") {
    for (const Position from : all_positions()) {
        if (!is_final(from)) continue;
        for (const Position to : all_positions())
            CHECK_FALSE(may_follow(from, to));
    }
}

TEST_CASE("delivery begins only when the capture has stopped") {
    for (const Position from : all_positions()) {
        for (const Position to : all_positions()) {
            if (!may_follow(from, to) || to.delivery == Delivery::none) continue;
            CHECK(to.state == State::stopped);
        }
    }
}

TEST_CASE("delivered is reached from uploading alone") {
    for (const Position from : all_positions()) {
        const Position delivered{State::stopped, Delivery::delivered};
        CHECK(may_follow(from, delivered) ==
              (from == Position{State::stopped, Delivery::uploading}));
    }
}

TEST_CASE("from every position that can be reached there is a way to an end") {
    const auto key = [](Position p) { return std::pair(p.state, p.delivery); };
    std::set<std::pair<State, Delivery>> reached{key({State::queued, Delivery::none})};
    for (bool grew = true; grew;) {
        grew = false;
        for (const Position from : all_positions()) {
            for (const Position to : all_positions()) {
                if (reached.contains(key(from)) && may_follow(from, to)) {
                    grew = reached.insert(key(to)).second || grew;
                }
            }
        }
    }
    CHECK(reached.size() == 8);
    for (const auto& [state, delivery] : reached) {
        const Position from{state, delivery};
        if (is_final(from)) continue;
        CHECK(std::ranges::any_of(all_positions(),
                                  [&](Position to) { return may_follow(from, to); }));
    }
}
