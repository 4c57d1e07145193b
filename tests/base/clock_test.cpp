#include "base/clock.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace xpc::base;
using namespace std::chrono_literals;

TEST_CASE("a moment is written as RFC 3339, ISO 8601 and HTTP have it") {
    const WallTime when(1'795'421'730s + 7'008'009ns);
    CHECK(rfc3339(when) == "2026-11-23T08:15:30.007008Z");
    CHECK(iso8601_basic(when) == "20261123T081530Z");
    CHECK(http_date(when) == "Mon, 23 Nov 2026 08:15:30 GMT");
    CHECK(parse_http_date(http_date(when)) == std::chrono::floor<std::chrono::seconds>(when));
    for (const char* const no_date :
         {"", "Mon, 23 Nov 2026 08:15:30 CET", "Mon, 23 nov 2026 08:15:30 GMT",
          "Mon, 31 Nov 2026 08:15:30 GMT", "Monday, 23-Nov-26 08:15:30 GMT",
          "Mon, 23 Nov 2026 24:15:30 GMT", "Mon, 23 Nov 2026 08.15.30 GMT"}) {
        CAPTURE(no_date);
        CHECK_FALSE(parse_http_date(no_date));
    }
    CHECK(rfc3339(WallTime(0s)) == "1970-01-01T00:00:00.000000Z");
}

TEST_CASE("a duration is a number with a unit, or seconds") {
    struct Row {
        std::string_view raw;
        std::chrono::milliseconds duration;
    };

    for (const auto& [raw, duration] : std::to_array<Row>({{"90", 90s},
                                                           {"90 s", 90s},
                                                           {" 10m ", 10min},
                                                           {"1.5h", 90min},
                                                           {"500 ms", 500ms},
                                                           {"2 d", 48h},
                                                           {"0", 0s}})) {
        CAPTURE(raw);
        const auto parsed = parse_duration(raw);
        REQUIRE(parsed);
        CHECK(*parsed == duration);
    }
}

TEST_CASE("what is no duration is refused") {
    for (const auto* raw :
         {"", "s", "-1", "1 week", "1e3", "nan", "inf", "10 10", "40000 d", "0x10"}) {
        CAPTURE(raw);
        const auto parsed = parse_duration(raw);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().errc == Errc::invalid_value);
    }
}

TEST_CASE("a duration is written for people") {
    CHECK(human_duration(10s) == "10 s");
    CHECK(human_duration(1500ms) == "1.5 s");
    CHECK(human_duration(150s) == "2 min 30 s");
    CHECK(human_duration(24h) == "24 h");
    CHECK(human_duration(90min) == "1 h 30 min");
}

TEST_CASE("a time is read as others write it") {
    const auto at = [](std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); };
    CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == at(0));
    CHECK(parse_rfc3339("2026-11-24T23:00:00Z") == at(1'795'561'200));
    CHECK(parse_rfc3339("2026-11-24T23:00:00.123456789Z") == at(1'795'561'200));
    CHECK(parse_rfc3339("2026-11-25T01:30:00+02:30") == at(1'795'561'200));
    CHECK(parse_rfc3339("2026-11-24T22:00:00-01:00") == at(1'795'561'200));
    CHECK(parse_rfc3339("2024-02-29T00:00:00Z"));
    CHECK(parse_rfc3339("9999-12-31T23:59:59Z") == at(9'214'646'400));  // 2262: the last there is
    CHECK(parse_rfc3339("0001-01-01T00:00:00Z") == at(0));
    for (const char* const wrong :
         {"", "Z", "2026-11-24", "2026-11-24T23:00:00", "2026-11-24 23:00:00Z",
          "2026-13-24T23:00:00Z", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z",
          "2026-11-24T23:60:00Z", "2026-11-24T23:00:00+2", "2026-11-24T23:00:00Zx",
          "2026-11-24T23:00:00.Zx", "x026-11-24T23:00:00Z", "2026-11-24T23:00:00+02:99"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_rfc3339(wrong));
    }
}
