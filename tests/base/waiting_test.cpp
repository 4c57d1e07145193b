#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <future>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/channel.hpp"
#include "base/stop.hpp"
#include "base/wait_for_call.hpp"

using namespace xpc::base;
using namespace std::chrono_literals;

TEST_CASE("a wait ends at readiness, at a stop, or at its deadline") {
    std::array<int, 2> raw{};
    REQUIRE(::pipe(raw.data()) == 0);
    const auto reader = UniqueFd::adopt(raw[0]);
    const auto writer = UniqueFd::adopt(raw[1]);
    Stop stop;
    CHECK(wait(reader, stop, in(1ms)) == Woken::deadline);
    CHECK(wait(reader, stop, Deadline()) == Woken::deadline);
    CHECK(::write(writer.raw(), "x", 1) == 1);
    CHECK(wait(reader, stop, never) == Woken::ready);
    CHECK(wait({Fd(), reader}, stop, never) == Woken::ready);
    stop.request();
    CHECK(wait(reader, stop, never) == Woken::stopped);
    CHECK(wait(Fd(), stop, never) == Woken::stopped);
}

TEST_CASE("a stop from another thread wakes a wait without end") {
    Stop stop;
    const std::jthread other([&stop] { stop.request(); });
    CHECK(wait(Fd(), stop, never) == Woken::stopped);
}

TEST_CASE("rings that are not heard yet count as one") {
    Wakeup wakeup;
    const Stop nobody;
    wakeup.ring();
    wakeup.ring();
    CHECK(wait(wakeup.fd(), nobody, never) == Woken::ready);
    wakeup.clear();
    CHECK(wait(wakeup.fd(), nobody, Deadline()) == Woken::deadline);
}

TEST_CASE("a channel is bounded, keeps its order, and can be emptied after it is closed") {
    Channel<int> channel(2);
    int one = 1;
    int two = 2;
    int three = 3;
    CHECK(channel.try_push(one));
    CHECK(channel.try_push(two));
    CHECK_FALSE(channel.try_push(three));
    channel.close();
    CHECK(channel.pop(never) == 1);
    CHECK(channel.pop(never) == 2);
    CHECK_FALSE(channel.pop(never));
    CHECK_FALSE(channel.try_push(three));
}

TEST_CASE("every value of many threads comes out once") {
    Channel<int> channel(8);
    constexpr int each = 2'000;
    constexpr int writers = 3;
    std::vector<int> seen(static_cast<std::size_t>(each * writers));
    {
        std::jthread reader([&] {
            while (const auto value = channel.pop(never))
                ++seen[static_cast<std::size_t>(*value)];
        });
        {
            std::vector<std::jthread> threads;
            for (int writer = 0; writer < writers; ++writer) {
                threads.emplace_back([&channel, writer] {
                    for (int i = 0; i < each; ++i) {
                        int value = writer * each + i;
                        while (!channel.try_push(value))
                            std::this_thread::yield();
                    }
                });
            }
        }
        channel.close();
    }
    CHECK(std::ranges::all_of(seen, [](int count) { return count == 1; }));
}

TEST_CASE("who gathers gets what there is when there is enough, at the deadline, or at the end") {
    Channel<int> channel(8);
    const std::deque<int> first{0, 1, 2};
    {
        const std::jthread writer([&channel] {
            for (int i = 0; i < 3; ++i) {
                int value = i;
                CHECK(channel.try_push(value));
            }
        });
        CHECK(channel.gather(3, never) == first);
    }
    int one = 1;
    CHECK(channel.try_push(one));
    CHECK(channel.gather(2, in(std::chrono::milliseconds(1))) == std::deque<int>{1});
    {
        const std::jthread closer([&channel] { channel.close(); });
        CHECK(channel.gather(2, never).empty());
    }
}

TEST_CASE("who waits for a call has what it gave, from whatever thread it comes") {
    CHECK(wait_for_call<int>([](auto call) { call(1); }) == 1);
    std::jthread caller;
    CHECK(wait_for_call<int>([&caller](auto call) {
              caller = std::jthread([call = std::move(call)]() mutable { call(2); });
          }) == 2);
}

TEST_CASE("who waits for a call that nobody can make any more hears of it") {
    using Call = std::move_only_function<void(int)>;
    CHECK_THROWS_AS((void)wait_for_call<int>([](const Call& /*forgotten*/) {}), std::future_error);
}
