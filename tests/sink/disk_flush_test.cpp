#include "sink/disk_flush.hpp"

#include <doctest/doctest.h>

using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

using Bytes = DiskFlush::Bytes;

constexpr std::size_t mega = 1'000'000;

struct Disk {
    /// Of so many bytes, and telling what one takes.
    void flushed(Bytes bytes, DiskFlush::Seconds time) { flush.took(bytes, time, true); }

    /// Of next to nothing.
    void flushed(DiskFlush::Seconds time) { flush.took({4096, 0}, time, false); }

    [[nodiscard]] double milliseconds(Bytes bytes) const { return flush.of(bytes).count() * 1e3; }

    DiskFlush flush;
};

}  // namespace

TEST_CASE("a disk that has not told is a middling one") {
    const Disk disk;
    CHECK_FALSE(disk.flush.is_known());
    CHECK(disk.milliseconds({50 * mega, 0}) == doctest::Approx(50));
    CHECK(disk.milliseconds({50 * mega, 50 * mega}) == doctest::Approx(100));
}

TEST_CASE("one flush tells what the next will take") {
    Disk disk;
    disk.flushed({100 * mega, 0}, 20ms);
    CHECK(disk.flush.is_known());
    CHECK(disk.milliseconds({50 * mega, 0}) == doctest::Approx(10));
}

TEST_CASE("a small flush tells nothing of a byte, and what any takes") {
    Disk disk;
    disk.flushed(15ms);
    CHECK_FALSE(disk.flush.is_known());
    CHECK(disk.milliseconds({0, 0}) == doctest::Approx(15));
    disk.flushed({100 * mega, 0}, 40ms);
    CHECK(disk.milliseconds({100 * mega, 0}) == doctest::Approx(40));
    CHECK(disk.milliseconds({40 * mega, 0}) == doctest::Approx(25));
}

TEST_CASE("half of what a flush takes is for its bytes, whatever any flush takes") {
    Disk disk;
    disk.flushed(15ms);
    disk.flushed({100 * mega, 0}, 20ms);
    CHECK(disk.milliseconds({0, 0}) == doctest::Approx(15));
    CHECK(disk.milliseconds({100 * mega, 0}) == doctest::Approx(25));
}

TEST_CASE("of two the quicker one is believed") {
    Disk disk;
    disk.flushed({100 * mega, 0}, 20ms);
    disk.flushed({100 * mega, 0}, 400ms);
    CHECK(disk.milliseconds({100 * mega, 0}) == doctest::Approx(20));
    disk.flushed({100 * mega, 0}, 300ms);
    CHECK(disk.milliseconds({100 * mega, 0}) == doctest::Approx(300));
    disk.flushed({100 * mega, 0}, 20ms);
    CHECK(disk.milliseconds({100 * mega, 0}) == doctest::Approx(20));
}

TEST_CASE("no flush is believed to take longer than one just did") {
    Disk disk;
    disk.flushed(300ms);
    SUBCASE("any") {
        disk.flush.took({5 * mega, 0}, 2ms, false);
        CHECK(disk.milliseconds({0, 0}) == doctest::Approx(2));
    }
    SUBCASE("of bytes that the disk had to write first") {
        disk.flushed({100 * mega, 0}, 800ms);
        disk.flushed({100 * mega, 0}, 800ms);
        disk.flushed({100 * mega, 100 * mega}, 100ms);
        CHECK(disk.milliseconds({0, 0}) == doctest::Approx(100));
        CHECK(disk.milliseconds({100 * mega, 0}) == doctest::Approx(200));
    }
}

TEST_CASE("what is in the page cache takes as much more as it took") {
    Disk disk;
    disk.flushed({100 * mega, 0}, 200ms);
    disk.flushed({100 * mega, 50 * mega}, 500ms);
    CHECK(disk.milliseconds({100 * mega, 50 * mega}) == doctest::Approx(500));
    CHECK(disk.milliseconds({100 * mega, 100 * mega}) == doctest::Approx(800));
    CHECK(disk.milliseconds({100 * mega, 0}) == doctest::Approx(200));
}
