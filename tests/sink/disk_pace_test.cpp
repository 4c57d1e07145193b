#include "sink/disk_pace.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "sink/part_pool.hpp"
#include "sink/sync_pace.hpp"

using namespace xpc;
using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t part_bytes = std::size_t{64} << 10U;
constexpr std::size_t part_count = 32;
constexpr std::size_t mebibyte = std::size_t{1} << 20U;

constexpr base::Deadline::duration fast = 1ms;   // a GB a second, of a MiB
constexpr base::Deadline::duration slow = 10ms;  // 100 MB a second

/// A pool of 2 MiB of which so many parts are out.
class Pool {
public:
    Pool() { pool_.touch(part_count); }

    void out(std::size_t count) {
        out_.clear();
        // one has no more than eight ninths: somebody else has the rest
        while (out_.size() < count) {
            auto part = pool_.try_take(out_.size() < part_count / 2 ? one_ : other_);
            REQUIRE(part);
            out_.push_back(std::move(*part));
        }
    }

    operator const PartPool&() const { return pool_; }

private:
    PartPool pool_{part_bytes, part_count};
    PartAccount one_;
    PartAccount other_;
    std::vector<PartRef> out_;
};

constexpr auto direct = GrowingFile::Way::direct;
constexpr auto page_cache = GrowingFile::Way::page_cache;
constexpr std::size_t half = part_count / 2 + 1;
constexpr std::size_t nearly_all = part_count - 3;

const base::Deadline now{1h};

/// A sync that takes so long.
void sync(DiskPace& pace, base::Deadline::duration took) {
    pace.sync_begins();
    pace.synced(took);
}

/// A slow disk for which so many parts wait.
struct Behind {
    explicit Behind(std::size_t parts) {
        pace.wrote(mebibyte, slow);
        pool.out(parts);
        CHECK(pace.choose(pool, now) == page_cache);
    }

    Pool pool;
    SyncPace syncs{now};
    DiskPace pace{syncs};
};

}  // namespace

TEST_CASE("a small write that takes a moment says nothing of the disk") {
    Pool pool;
    pool.out(nearly_all);
    SyncPace syncs{now};
    DiskPace pace{syncs};
    pace.wrote(4096, 4ms);
    CHECK(pace.choose(pool, now) == direct);
    pace.wrote(4096, 6ms);
    CHECK(pace.choose(pool, now) == page_cache);
}

TEST_CASE("a disk that keeps up is written to directly, however slow it is") {
    Pool pool;
    SyncPace syncs{now};
    DiskPace pace{syncs};
    CHECK(pace.choose(pool, now) == direct);
    pace.wrote(mebibyte, slow);
    pool.out(part_count / 2);
    CHECK(pace.choose(pool, now) == direct);
}

TEST_CASE("a fast disk is written to directly, however much waits for it") {
    Pool pool;
    SyncPace syncs{now};
    DiskPace pace{syncs};
    pace.wrote(mebibyte, fast);
    pool.out(nearly_all);
    CHECK(pace.choose(pool, now) == direct);
}

TEST_CASE(
    "what a slow disk has no time for goes into the page cache, until the disk has caught up") {
    Behind behind(half);
    auto& [pool, syncs, pace] = behind;
    pool.out(0);
    SUBCASE("not before it is told") {
        pace.wrote(mebibyte, fast);
        CHECK(pace.choose(pool, now) == page_cache);
    }
    SUBCASE("by a sync that began before") {
        pace.synced(10ms);
        CHECK(pace.choose(pool, now) == page_cache);
    }
    SUBCASE("nor by the first one after, which may have had nothing to write") {
        sync(pace, 10ms);
        CHECK(pace.choose(pool, now) == page_cache);
    }
    SUBCASE("it still has something to write") {
        sync(pace, 10ms);
        sync(pace, 2s);
        CHECK(pace.choose(pool, now) == page_cache);
    }
    SUBCASE("it has caught up, and then it has not") {
        sync(pace, 10ms);
        sync(pace, 10ms);
        sync(pace, 2s);
        CHECK(pace.choose(pool, now) == page_cache);
    }
    SUBCASE("it has caught up") {
        sync(pace, 10ms);
        sync(pace, 10ms);
        CHECK(pace.choose(pool, now) == direct);
    }
    SUBCASE("it has caught up, but half of the parts are out again") {
        sync(pace, 10ms);
        sync(pace, 10ms);
        pool.out(half);
        CHECK(pace.choose(pool, now) == page_cache);
    }
}

TEST_CASE("that a disk caught up once does not count when it falls behind again") {
    Pool pool;
    SyncPace syncs{now};
    DiskPace pace{syncs};
    sync(pace, 1ms);
    sync(pace, 1ms);
    pace.wrote(mebibyte, slow);
    pool.out(half);
    CHECK(pace.choose(pool, now) == page_cache);
    pool.out(0);
    CHECK(pace.choose(pool, now) == page_cache);
}

TEST_CASE("where a copy is no faster than what comes in the disk has its turn for a second") {
    Behind behind(nearly_all);
    auto& [pool, syncs, pace] = behind;
    pace.wrote(mebibyte, fast);
    CHECK(pace.choose(pool, now) == page_cache);  // it had no chance yet
    pace.wrote(mebibyte, fast);
    CHECK(pace.choose(pool, now) == direct);
    pace.wrote(mebibyte, slow);
    CHECK(pace.choose(pool, now + 999ms) == direct);
    CHECK(pace.choose(pool, now + 1s) == page_cache);
}

TEST_CASE("what a write stood behind a sync is not what the disk took for it") {
    Pool pool;
    SyncPace syncs{now};
    DiskPace pace{syncs};
    CHECK(pace.choose(pool, now) == direct);
    syncs.end_sync(syncs.begin_sync(now + 1ms), now + 50ms);
    pool.out(half);
    SUBCASE("a fast disk") {
        CHECK(pace.wrote(mebibyte, 52ms) == 3ms);
        CHECK(pace.choose(pool, now) == direct);
    }
    SUBCASE("a slow one") {
        CHECK(pace.wrote(mebibyte, 70ms) == 21ms);
        CHECK(pace.choose(pool, now) == page_cache);
    }
}

/// What brings `turn` about: so much was written to a disk whose flushes take 0.5 ms a megabyte.
void write_until(SyncPace::Turn turn, SyncPace& syncs, std::size_t bytes) {
    syncs.wrote({.bytes = bytes / 2}, {40'000'000, 0}, now + 100ms);
    syncs.wrote({.bytes = bytes / 2}, {40'000'000, 0}, now + 200ms);
    CHECK(syncs.next(now + 200ms) == turn);
}

TEST_CASE(
    "while a sync would be in the way all goes into the page cache, which says nothing of the "
    "disk") {
    Pool pool;
    SyncPace syncs{now};
    DiskPace pace{syncs};
    syncs.wrote({.bytes = 20'000'000}, {40'000'000, 0}, now);
    syncs.end_sync(syncs.begin_sync(now), now + 10ms);
    write_until(SyncPace::Turn::aside, syncs, 140'000'000);
    CHECK(pace.choose(pool, now) == page_cache);
    pace.wrote(mebibyte, slow);
    syncs.end_sync(syncs.begin_sync(now), now);
    pool.out(half);
    CHECK(pace.choose(pool, now) == direct);
}

TEST_CASE("where nobody syncs the disk has its turn again once all that waited has been copied") {
    Behind behind(half);
    auto& [pool, syncs, pace] = behind;
    syncs.wrote({.bytes = 20'000'000}, {40'000'000, 0}, now);
    syncs.end_sync(syncs.begin_sync(now), now + 40ms);
    write_until(SyncPace::Turn::later, syncs, 200'000'000);
    pool.out(0);
    pace.wrote(mebibyte, fast);
    CHECK(pace.choose(pool, now) == page_cache);  // a MiB of two
    pace.wrote(mebibyte, fast);
    CHECK(pace.choose(pool, now) == direct);
}
