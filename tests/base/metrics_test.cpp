#include "base/metrics.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace xpc::base;
using namespace std::chrono_literals;

TEST_CASE("a counter family is written with its labels escaped, in their order") {
    CounterFamily family;
    family.with({{"device", "local"}, {"interface", "a\"b\\c\nz"}}).add(2);
    family.with({{"device", "local"}, {"interface", "a\"b\\c\nz"}}).add();
    MetricsText out;
    out.counter("x_total", "What.", family);
    CHECK(out.text() ==
          "# HELP x_total What.\n# TYPE x_total counter\n"
          "x_total{device=\"local\",interface=\"a\\\"b\\\\c\\nz\"} 3\n");
}

TEST_CASE("a histogram's buckets count all that was no slower, bounds included") {
    static constexpr auto bounds = std::to_array<std::chrono::milliseconds>({5ms, 1000ms});
    DurationHistogram histogram(bounds);
    histogram.add(5ms);
    histogram.add(5ms + 1ns);
    histogram.add(2s);
    MetricsText out;
    out.value("y_seconds", {{"route", "/"}}, histogram);
    CHECK(out.text() ==
          "y_seconds_bucket{route=\"/\",le=\"0.005\"} 1\n"
          "y_seconds_bucket{route=\"/\",le=\"1\"} 2\n"
          "y_seconds_bucket{route=\"/\",le=\"+Inf\"} 3\n"
          "y_seconds_sum{route=\"/\"} 2.010000001\n"
          "y_seconds_count{route=\"/\"} 3\n");
}

TEST_CASE("seconds are written with the digits they need") {
    CHECK(metric_seconds(0ns) == "0");
    CHECK(metric_seconds(12s) == "12");
    CHECK(metric_seconds(12s + 1us) == "12.000001");
    CHECK(metric_seconds(250ms) == "0.25");
}
