#include "sink/s3/expiration.hpp"

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

TEST_CASE("an expiration is read in the forms that sources write it in") {
    const auto expected = base::parse_rfc3339("2026-11-24T23:00:00Z");
    REQUIRE(expected);
    for (const char* const same :
         {"2026-11-24T23:00:00Z", "2026-11-24T23:00:00z", "2026-11-24t23:00:00z",
          "2026-11-24 23:00:00Z", "2026-11-24T23:00:00+0000", "2026-11-24T23:00:00+00:00",
          "2026-11-24T23:00:00-00", "2026-11-25T01:00:00+0200", "2026-11-25 01:00:00+02",
          "2026-11-24T23:00:00.123456Z", "2026-11-24T22:30:00.5-0030", "20261124T230000Z",
          "20261124T230000.25+0000", " 2026-11-24T23:00:00Z\n"}) {
        CAPTURE(same);
        CHECK(parse_expiration(same) == expected);
    }
}

TEST_CASE("what is no expiration is told from one") {
    for (const char* const wrong :
         {"", "soon", "2026-11-24", "20261124", "20261124T", "2026-11-24T23:00:00",
          "2026-11-24T23:00:00+1", "2026-11-24T23:00:00+000", "2026-11-24T23:00:00+0x00",
          "2026-13-24T23:00:00Z", "20261124T23Z", "20261124T230000", "1795561200",
          "2026-11-24T23:00:00Z+0000", "                              "}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_expiration(wrong));
    }
}

}  // namespace
}  // namespace xpc::sink::s3
