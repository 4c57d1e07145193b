#include "sink/disk_flush.hpp"

#include <doctest/doctest.h>

using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mega = 1'000'000;

[[nodiscard]] double milliseconds(const DiskFlush& flush, std::size_t bytes) {
    return flush.of(bytes).count() * 1e3;
}

}  // namespace

TEST_CASE("a disk that has not told is a middling one") {
    const DiskFlush flush;
    CHECK_FALSE(flush.is_known());
    CHECK(milliseconds(flush, 50 * mega) == doctest::Approx(50));
}

TEST_CASE("one flush tells what the next will take") {
    DiskFlush flush;
    flush.took(100 * mega, 20ms);
    CHECK(flush.is_known());
    CHECK(milliseconds(flush, 50 * mega) == doctest::Approx(10));
}

TEST_CASE("a small flush tells nothing of a byte, and what any takes") {
    DiskFlush flush;
    flush.took(4096, 15ms);
    CHECK_FALSE(flush.is_known());
    CHECK(milliseconds(flush, 0) == doctest::Approx(15));
    flush.took(100 * mega, 25ms);
    CHECK(milliseconds(flush, 100 * mega) == doctest::Approx(25));
    CHECK(milliseconds(flush, 50 * mega) == doctest::Approx(20));
    flush.took(5 * mega, 200ms);  // neither
    CHECK(milliseconds(flush, 50 * mega) == doctest::Approx(20));
}

TEST_CASE("a large flush that took less than a small one cost nothing for its bytes") {
    DiskFlush flush;
    flush.took(4096, 15ms);
    flush.took(100 * mega, 5ms);
    CHECK(milliseconds(flush, 100 * mega) == doctest::Approx(15));
}

TEST_CASE("of two the quicker one is believed") {
    DiskFlush flush;
    flush.took(100 * mega, 20ms);
    flush.took(100 * mega, 400ms);
    CHECK(milliseconds(flush, 100 * mega) == doctest::Approx(20));
    flush.took(100 * mega, 300ms);
    CHECK(milliseconds(flush, 100 * mega) == doctest::Approx(300));
    flush.took(100 * mega, 20ms);
    CHECK(milliseconds(flush, 100 * mega) == doctest::Approx(20));
}
