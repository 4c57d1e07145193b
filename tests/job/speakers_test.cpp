#include "job/speakers.hpp"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::job;
using Part = Speakers::Part;

namespace {

std::vector<Speakers::Turn> taken(Speakers& speakers, Part part, std::size_t count) {
    const base::Stop nobody;
    std::vector<Speakers::Turn> turns;
    for (std::size_t i = 0; i < count; ++i)
        turns.push_back(std::move(*speakers.wait("edge1", part, nobody)));
    return turns;
}

}  // namespace

TEST_CASE("some begin and some end on a device at the same time, and others on other devices") {
    Speakers speakers;
    const base::Stop nobody;
    const auto begin = taken(speakers, Part::begins, 2);
    const auto end = taken(speakers, Part::ends, 8);
    CHECK(end.front().part() == Part::ends);
    CHECK(speakers.wait("edge2", Part::begins, nobody));
}

TEST_CASE("who waits for a turn gets it when another one's is over, and may leave before") {
    Speakers speakers;
    auto begin = taken(speakers, Part::begins, 2);
    const base::Stop nobody;
    base::Stop leave;
    std::atomic<bool> is_over = false;
    std::jthread leaves([&] { CHECK_FALSE(speakers.wait("edge1", Part::begins, leave)); });
    std::jthread waits([&] {
        const auto turn = speakers.wait("edge1", Part::begins, nobody);
        CHECK(turn);
        CHECK(is_over);
    });
    leave.request();
    leaves.join();
    is_over = true;
    begin.pop_back();
    waits.join();
    CHECK(taken(speakers, Part::begins, 1).size() == 1);  // the one that was given back
}

TEST_CASE("nobody gets a turn who has left before") {
    Speakers speakers;
    base::Stop leave;
    leave.request();
    CHECK_FALSE(speakers.wait("edge1", Part::begins, leave));
}
