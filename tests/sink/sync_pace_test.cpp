#include "sink/sync_pace.hpp"

#include <chrono>

#include <doctest/doctest.h>

#include "sink/spool_syncer.hpp"

using namespace xpc;
using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

using Turn = SyncPace::Turn;
using Duration = base::Deadline::duration;

constexpr auto direct = GrowingFile::Way::direct;
constexpr auto page_cache = GrowingFile::Way::page_cache;

constexpr std::size_t mega = 1'000'000;
constexpr std::size_t buffers = 40 * mega;
constexpr auto round = SpoolSyncer::pause;

/// A disk that writes 2 GB a second.
struct Disk {
    Disk() { sync(0ms); }

    void write(std::size_t bytes, GrowingFile::Way way = direct) {
        pace.wrote({.bytes = bytes, .took = Duration(bytes / 2), .way = way}, {buffers, out}, now);
    }

    /// So much in so long, in 20 writes.
    void write(std::size_t bytes, Duration time, GrowingFile::Way way = direct) {
        for (int i = 0; i < 20; ++i) {
            now += time / 20;
            write(bytes / 20, way);
        }
    }

    [[nodiscard]] Turn next(std::size_t bytes) {
        write(bytes, round);
        return pace.next(now);
    }

    void sync(Duration took) {
        const auto one = pace.begin_sync(now);
        now += took;
        pace.end_sync(one, now);
    }

    /// A flush takes so long for each megabyte.
    void flushes(std::chrono::microseconds a_megabyte) {
        write(20 * mega);
        sync(20 * a_megabyte);
        now += 10s;  // what came before is no matter
        CHECK(pace.next(now) == Turn::now);
        sync(0ms);
        write(0);
    }

    base::Deadline now{1h};
    SyncPace pace{now};
    std::size_t out = 0;
};

}  // namespace

TEST_CASE("what has room in the buffers while a flush lasts is synced in each round") {
    Disk disk;
    disk.flushes(1000us);
    for (int i = 0; i < 10; ++i) {
        CHECK(disk.next(60 * mega) == Turn::now);  // 60 ms, in which 18 MB come
        disk.sync(60ms);
    }
}

TEST_CASE("nor is it waited for a round where so much is written that a flush needs more room") {
    Disk disk;
    disk.flushes(500us);
    disk.write(30 * mega, 50ms);  // 600 MB/s: 15 ms, in which 9 MB come
    CHECK_FALSE(disk.pace.is_due(disk.now));
    disk.write(20 * mega, 33ms);  // 25 ms, 15 MB
    CHECK(disk.pace.is_due(disk.now));
    SUBCASE("unless others wait already") {
        disk.out = buffers * 6 / 10;
        disk.write(1 * mega);
        CHECK_FALSE(disk.pace.is_due(disk.now));
    }
    SUBCASE("nor while there is one") {
        CHECK(disk.pace.next(disk.now) == Turn::now);
        const auto sync = disk.pace.begin_sync(disk.now);
        disk.write(60 * mega, 80ms);
        CHECK_FALSE(disk.pace.is_due(disk.now));
        disk.pace.end_sync(sync, disk.now);
        CHECK(disk.pace.is_due(disk.now));
    }
}

TEST_CASE("where there is less room what comes meanwhile goes elsewhere") {
    Disk disk;
    disk.flushes(500us);
    SUBCASE("much was written") {
        CHECK(disk.next(140 * mega) == Turn::aside);  // 70 ms, in which 49 MB come
    }
    SUBCASE("much waits") {
        disk.write(90 * mega, round);
        disk.out = buffers / 2;
        disk.write(0);
        CHECK(disk.pace.next(disk.now) == Turn::aside);  // 45 ms, 20 MB
    }
    CHECK(disk.pace.is_aside());
    disk.sync(50ms);
    CHECK_FALSE(disk.pace.is_aside());
}

TEST_CASE("a round that begins while there is such a sync does not end it") {
    Disk disk;
    disk.flushes(500us);
    CHECK(disk.next(140 * mega) == Turn::aside);
    const auto sync = disk.pace.begin_sync(disk.now);
    CHECK(disk.next(1 * mega) == Turn::now);
    CHECK(disk.pace.is_aside());
    disk.pace.end_sync(sync, disk.now);
    CHECK_FALSE(disk.pace.is_aside());
}

TEST_CASE("what the disk has no time for is synced when the journal is") {
    Disk disk;
    disk.flushes(1000us);
    for (auto waited = round; waited < SyncPace::longest; waited += round) {
        CHECK(disk.next(200 * mega) == Turn::later);
        CHECK(disk.pace.is_far());
        CHECK_FALSE(disk.pace.is_due(disk.now + 1ms));
    }
    CHECK(disk.next(200 * mega) == Turn::aside);
    CHECK_FALSE(disk.pace.is_far());
    disk.sync(5s);
    disk.now -= 5s;
    CHECK(disk.next(200 * mega) == Turn::later);
}

TEST_CASE("a disk that has no time to write has none to be written to directly") {
    Disk disk;
    disk.flushes(1000us);
    CHECK(disk.next(390 * mega) == Turn::later);
    CHECK_FALSE(disk.pace.is_far());
}

TEST_CASE("a burst is synced as soon as the disk has had the time for it") {
    Disk disk;
    disk.flushes(1000us);
    CHECK(disk.next(200 * mega) == Turn::later);
    CHECK(disk.next(200 * mega) == Turn::later);
    CHECK(disk.next(1 * mega) ==
          Turn::later);  // 200 ms to write it, 400 to flush it, and 600 to do so
    CHECK(disk.next(1 * mega) == Turn::aside);
}

TEST_CASE("a flush may meet the next burst") {
    Disk disk;
    disk.flushes(500us);
    disk.write(60 * mega, 40ms);  // 1.5 GB/s
    disk.now += 100ms;
    disk.write(0);
    CHECK(disk.pace.next(disk.now) == Turn::aside);  // 30 ms, in which 45 MB would come, or 13
    disk.sync(30ms);
    disk.write(60 * mega, round);
    disk.now += 1s;  // it has not
    disk.write(0);
    CHECK(disk.pace.next(disk.now) == Turn::now);
}

TEST_CASE("what waits in the buffers has come as well") {
    Disk disk;
    disk.flushes(500us);
    SUBCASE("nothing does") {
        disk.write(20 * mega, 40ms);  // 10 ms, in which 5 MB come
        CHECK(disk.pace.next(disk.now) == Turn::now);
    }
    SUBCASE("nearly as much as was written") {
        disk.out = 18 * mega;
        disk.write(20 * mega, 40ms);
        CHECK(disk.pace.next(disk.now) == Turn::aside);
    }
}

TEST_CASE("while nobody knows what a flush takes, one that would tell is not waited for") {
    Disk disk;
    disk.write(10 * mega, 5ms);
    CHECK_FALSE(disk.pace.is_due(disk.now));
    disk.write(10 * mega, 5ms);  // 2 GB/s: of all that a round brings the flush might be in the way
    CHECK(disk.pace.is_due(disk.now));
    CHECK(disk.pace.next(disk.now) == Turn::now);
    SUBCASE("quick") {
        disk.sync(1ms);
        CHECK(disk.next(200 * mega) == Turn::now);
    }
    SUBCASE("slow") {
        disk.sync(50ms);
        CHECK(disk.next(300 * mega) == Turn::later);
    }
    SUBCASE("in the page cache, which would not") {
        disk.sync(1ms);
        Disk other;
        other.write(20 * mega, 10ms, page_cache);
        CHECK_FALSE(other.pace.is_due(other.now));
    }
}

TEST_CASE("small buffers need no large steps") {
    SyncPace pace{base::Deadline(1h)};
    pace.wrote({.bytes = 3 * mega}, {8 * mega, 0}, base::Deadline(1h));
    CHECK_FALSE(pace.is_due(base::Deadline(1h)));
    pace.wrote({.bytes = 1 * mega}, {8 * mega, 0}, base::Deadline(1h));
    CHECK(pace.is_due(base::Deadline(1h)));
}

TEST_CASE("of two syncs at a time one tells, and each what it flushed") {
    Disk disk;
    disk.write(20 * mega);
    const auto one = disk.pace.begin_sync(disk.now);
    disk.write(20 * mega);
    const auto other = disk.pace.begin_sync(disk.now);
    CHECK(one.bytes.written == 20 * mega);
    CHECK(one.is_alone);
    CHECK(other.bytes.written == 20 * mega);
    CHECK_FALSE(other.is_alone);
    disk.pace.end_sync(other, disk.now + 1s);
    CHECK(disk.pace.is_due(disk.now) == false);
}

TEST_CASE("what a write stood behind a sync is the time that both took") {
    Disk disk;
    const auto begin = disk.now;
    disk.now += 10ms;
    disk.sync(20ms);
    CHECK(disk.pace.behind_a_sync(begin, begin + 40ms) == 20ms);
    CHECK(disk.pace.behind_a_sync(begin + 25ms, begin + 40ms) == 5ms);
    CHECK(disk.pace.behind_a_sync(begin, begin + 20ms) == 0ms);  // it did not
    CHECK(disk.pace.behind_a_sync(begin + 30ms, begin + 40ms) == 0ms);
}
