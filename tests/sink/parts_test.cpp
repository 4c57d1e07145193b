#include "sink/s3/parts.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

constexpr std::uint64_t mib = 1U << 20U;

TEST_CASE("parts have one size at first, and double later") {
    CHECK(part_size(1, 8 * mib) == 8 * mib);
    CHECK(part_size(950, 8 * mib) == 8 * mib);
    CHECK(part_size(951, 8 * mib) == 16 * mib);
    CHECK(part_size(1'900, 8 * mib) == 16 * mib);
    CHECK(part_size(1'901, 8 * mib) == 32 * mib);
}

TEST_CASE("no part is larger than S3 takes") {
    for (const std::uint64_t wished : {5 * mib, 8 * mib, 4096 * mib, largest_part}) {
        for (unsigned number = 1; number <= most_parts; ++number) {
            REQUIRE(part_size(number, wished) >= wished);
            REQUIRE(part_size(number, wished) <= largest_part);
        }
    }
}

TEST_CASE("with the smallest parts, the largest object still fits") {
    std::uint64_t total = 0;
    for (unsigned number = 1; number <= most_parts; ++number)
        total += part_size(number, 5 * mib);
    CHECK(total > std::uint64_t{5} << 40U);  // AWS, "Amazon S3 multipart upload limits"
}

TEST_CASE("a file that waits goes out in larger parts than a capture that runs") {
    CHECK(part_for_file(0) == 8 * mib);
    CHECK(part_for_file(64 * mib - 1) == 8 * mib);
    CHECK(part_for_file(64 * mib) == 16 * mib);
}

TEST_CASE("a capture that a store can hardly follow goes out in larger parts") {
    using std::chrono::milliseconds;
    CHECK(part_for_growth(0, milliseconds{0}) == 16 * mib);  // it was complete
    CHECK(part_for_growth(6'000'000, milliseconds{60}) == 8 * mib);
    CHECK(part_for_growth(6'000'000, milliseconds{40}) == 16 * mib);
    CHECK(part_for_growth(8 * mib, milliseconds{250}) == 8 * mib);
}

}  // namespace
}  // namespace xpc::sink::s3
