#include "base/process_usage.hpp"

#include <doctest/doctest.h>

using namespace xpc::base;
using namespace std::chrono_literals;

TEST_CASE("a process is read from its stat line, whatever its name is") {
    const auto usage = usage_from_stat(
        "42 (a) 9 (b) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 7 0 300 1000000 25 "
        "18446744073709551615\n",
        10ms, 4096, 1000s);
    REQUIRE(usage.has_value());
    CHECK(usage->cpu == 2s);
    CHECK(usage->threads == 7);
    CHECK(usage->start == 1003s);
    CHECK(usage->virtual_bytes == 1'000'000);
    CHECK(usage->resident_bytes == 25 * 4096);
}

TEST_CASE("a stat line that is cut is none") {
    for (const char* cut : {"", "42 (a", "42 (a) S 1 42", "42 (a) S 1 2 3 4 5 6 7 8 9 10 x"}) {
        CAPTURE(cut);
        CHECK_FALSE(usage_from_stat(cut, 10ms, 4096, 0s).has_value());
    }
}

TEST_CASE("this process has memory, threads and descriptors") {
    const auto usage = process_usage();
    CHECK(usage.resident_bytes > 0);
    CHECK(usage.threads >= 1);
    CHECK(usage.open_fds >= 3);
    CHECK(usage.max_fds >= usage.open_fds);
    CHECK(usage.start.count() < wall_now().time_since_epoch().count());
}
