#include "sink/sync_pace.hpp"

#include <chrono>

#include <doctest/doctest.h>

#include "sink/disk_flush.hpp"
#include "sink/spool_syncer.hpp"

using namespace xpc;
using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

using Turn = SyncPace::Turn;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t mega = 1'000'000;
constexpr std::size_t buffers = 40 * mega;
constexpr auto round = SpoolSyncer::pause;

/// A spool that is written to by a disk which writes 2 GB a second, and asked in each round.
struct Written {
    Written() {
        CHECK(pace.next(now) == Turn::now);
        pace.synced(0ms);
    }

    void write(std::size_t bytes, GrowingFile::Way way = GrowingFile::Way::direct) {
        const Seconds took(static_cast<double>(bytes) / 2e9);
        pace.wrote({bytes, std::chrono::duration_cast<base::Deadline::duration>(took), way},
                   {buffers, are_half_full});
    }

    [[nodiscard]] Turn next(std::size_t bytes) {
        write(bytes);
        now += round;
        return pace.next(now);
    }

    /// The disk's flushes take so long for each megabyte.
    void flushes(std::chrono::microseconds a_megabyte) {
        flush.took(0, 0ms);
        flush.took(100 * mega, 100 * a_megabyte);
    }

    DiskFlush flush;
    SyncPace pace{flush};
    base::Deadline now{1h};
    bool are_half_full = false;
};

}  // namespace

TEST_CASE("what has room in the buffers while a flush lasts is synced in each round") {
    Written spool;
    spool.flushes(1000us);
    for (int i = 0; i < 10; ++i) {
        CHECK(spool.next(60 * mega) == Turn::now);  // 60 ms, in which 18 MB come
        spool.pace.synced(60ms);
    }
}

TEST_CASE("nor is it waited for a round where so much is written that a flush needs more room") {
    Written spool;
    spool.flushes(500us);
    spool.write(30 * mega);
    spool.now += 50ms;  // 600 MB/s: 15 ms, in which 9 MB come
    CHECK_FALSE(spool.pace.is_due(spool.now));
    spool.write(20 * mega);
    spool.now += 33ms;  // 25 ms, 15 MB
    CHECK(spool.pace.is_due(spool.now));
    CHECK(spool.pace.next(spool.now) == Turn::now);
    SUBCASE("once") {
        spool.write(60 * mega);
        CHECK_FALSE(spool.pace.is_due(spool.now + 80ms));
    }
    SUBCASE("and again") {
        spool.pace.synced(25ms);
        spool.write(60 * mega);
        CHECK(spool.pace.is_due(spool.now + 80ms));
    }
}

TEST_CASE("where there is less room what comes meanwhile goes elsewhere") {
    Written spool;
    spool.flushes(500us);
    SUBCASE("much was written") {
        CHECK(spool.next(140 * mega) == Turn::aside);  // 70 ms, in which 49 MB come
    }
    SUBCASE("much waits") {
        spool.are_half_full = true;
        CHECK(spool.next(90 * mega) == Turn::aside);  // 45 ms, 20 MB
    }
}

TEST_CASE("what the disk has no time for is synced when the journal is") {
    Written spool;
    spool.flushes(1000us);
    for (auto waited = round; waited < SyncPace::longest; waited += round) {
        CHECK(spool.next(200 * mega) == Turn::later);
        CHECK_FALSE(spool.pace.is_due(spool.now + 1ms));
    }
    CHECK(spool.next(200 * mega) == Turn::aside);
    spool.pace.synced(4s);
    CHECK(spool.next(200 * mega) == Turn::later);
}

TEST_CASE("a burst is synced as soon as it is over") {
    Written spool;
    spool.flushes(1000us);
    CHECK(spool.next(200 * mega) == Turn::later);
    CHECK(spool.next(200 * mega) == Turn::later);
    CHECK(spool.next(1 * mega) == Turn::now);
}

TEST_CASE("a disk that falls behind with what is in the page cache is left alone") {
    Written spool;
    spool.flushes(500us);
    spool.write(20 * mega, GrowingFile::Way::page_cache);
    CHECK(spool.next(120 * mega) == Turn::aside);
    SUBCASE("it does") {
        spool.pace.synced(210ms);
        CHECK(spool.next(140 * mega) == Turn::later);
    }
    SUBCASE("it does not") {
        spool.pace.synced(190ms);
        CHECK(spool.next(140 * mega) == Turn::aside);
    }
    SUBCASE("and what that took says nothing of its flushes") {
        spool.pace.synced(190ms);
        CHECK(spool.flush.of(100 * mega).count() == doctest::Approx(0.05));
    }
}

TEST_CASE("while nobody knows what a flush takes, one that would tell is not waited for") {
    Written spool;
    spool.write(10 * mega);
    CHECK_FALSE(spool.pace.is_due(spool.now + 5ms));
    spool.write(10 * mega);
    spool.now += 10ms;  // 2 GB/s: of all that a round brings the flush might be in the way
    CHECK(spool.pace.is_due(spool.now));
    CHECK(spool.pace.next(spool.now) == Turn::now);
    SUBCASE("quick") {
        spool.pace.synced(1ms);
        CHECK(spool.next(200 * mega) == Turn::now);
    }
    SUBCASE("slow") {
        spool.pace.synced(50ms);
        CHECK(spool.next(200 * mega) == Turn::later);
    }
}

TEST_CASE("what one file has seen of the disk holds for the next one") {
    Written first;
    first.write(200 * mega);
    CHECK(first.pace.next(first.now + round) == Turn::now);
    first.pace.synced(100ms);
    SyncPace second(first.flush);
    CHECK(second.next(first.now) == Turn::now);
    second.synced(0ms);
    second.wrote({150 * mega, 75ms}, {buffers, false});
    CHECK(second.next(first.now + round) == Turn::aside);  // 75 ms, in which 56 MB come
}

TEST_CASE("a sync with others is one, and tells nothing") {
    Written spool;
    CHECK(spool.next(1 * mega) == Turn::now);
    spool.pace.synced_with_others();
    spool.write(20 * mega);
    CHECK(spool.pace.is_due(spool.now + 1ms));
}
