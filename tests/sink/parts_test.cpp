#include "sink/s3/parts.hpp"

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
    CHECK(usual_part(0) == 8 * mib);
    CHECK(usual_part(64 * mib - 1) == 8 * mib);
    CHECK(usual_part(64 * mib) == 16 * mib);
}

}  // namespace
}  // namespace xpc::sink::s3
