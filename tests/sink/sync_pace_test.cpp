#include "sink/sync_pace.hpp"

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

using Turn = SyncPace::Turn;

constexpr std::size_t mega = 1'000'000;
constexpr std::size_t room = 20 * mega;
constexpr auto round = 200ms;

/// A spool that is written to, and asked in each round.
struct Written {
    Written() {
        pace.wrote(1, room);
        CHECK(pace.next(now) == Turn::now);
        pace.synced(1ms);
    }

    [[nodiscard]] Turn next(std::size_t bytes) {
        pace.wrote(bytes, room);
        now += round;
        return pace.next(now);
    }

    DiskFlush flush;
    SyncPace pace{flush};
    base::Deadline now{1h};
};

}  // namespace

TEST_CASE("what has room in the buffers while a flush lasts is synced in each round") {
    Written spool;
    for (int i = 0; i < 10; ++i) {
        CHECK(spool.next(60 * mega) == Turn::now);  // of a GB a second: 60 ms, in which 18 MB come
        spool.pace.synced(60ms);
    }
}

TEST_CASE("what comes too fast for that is synced when the journal is") {
    Written spool;
    for (auto waited = round; waited < SyncPace::longest; waited += round)
        CHECK(spool.next(200 * mega) == Turn::later);
    CHECK(spool.next(200 * mega) == Turn::at_last);
    spool.pace.synced(4s);
    CHECK(spool.next(200 * mega) == Turn::later);
}

TEST_CASE("a burst is synced as soon as it is over") {
    Written spool;
    CHECK(spool.next(200 * mega) == Turn::later);
    CHECK(spool.next(200 * mega) == Turn::later);
    CHECK(spool.next(1 * mega) == Turn::now);
}

TEST_CASE("a disk that has shown how fast its flushes are is trusted") {
    Written spool;
    CHECK(spool.next(200 * mega) == Turn::later);
    CHECK(spool.next(1 * mega) == Turn::now);
    SUBCASE("faster") {
        spool.pace.synced(2ms);  // of 201 MB
        CHECK(spool.next(200 * mega) == Turn::now);
    }
    SUBCASE("slower") {
        spool.pace.synced(2s);
        CHECK(spool.next(60 * mega) == Turn::later);
    }
}

TEST_CASE("while nobody knows what a flush takes, one that would tell is not waited for") {
    Written spool;
    spool.pace.wrote(10 * mega, room);
    CHECK_FALSE(spool.pace.would_tell());
    spool.pace.wrote(10 * mega, room);
    CHECK(spool.pace.would_tell());
    spool.now += 50ms;  // 400 MB/s: of all that a round brings the flush would be in the way
    CHECK(spool.pace.next(spool.now) == Turn::now);
    CHECK_FALSE(spool.pace.would_tell());
    SUBCASE("quick") {
        spool.pace.synced(5ms);
        CHECK(spool.next(80 * mega) == Turn::now);
    }
    SUBCASE("slow") {
        spool.pace.synced(50ms);
        CHECK(spool.next(80 * mega) == Turn::later);
    }
    CHECK_FALSE(spool.pace.would_tell());
}

TEST_CASE("what one file has seen of the disk holds for the next one") {
    Written first;
    CHECK(first.next(200 * mega) == Turn::later);
    CHECK(first.next(1 * mega) == Turn::now);
    first.pace.synced(2ms);
    SyncPace second(first.flush);
    second.wrote(200 * mega, room);
    CHECK(second.next(first.now) == Turn::now);
    second.synced(2ms);
    second.wrote(200 * mega, room);
    CHECK(second.next(first.now + round) == Turn::now);
}

TEST_CASE("a flush of next to nothing says nothing of one of more") {
    Written spool;
    CHECK(spool.next(1000) == Turn::now);
    spool.pace.synced(10ms);
    CHECK(spool.next(60 * mega) == Turn::now);
}
