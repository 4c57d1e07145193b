#include "base/patterns.hpp"

#include <regex>

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

bool matches(const char* pattern, const char* text) {
    return std::regex_match(text, std::regex(pattern));
}

TEST_CASE("the pattern of a size says the same as the parser") {
    for (const char* text : {"0", "10", "10 MiB", "10MB", "7 kB", "3 TiB", "", "MiB", "10 mib",
                             "1.5 MiB", "-1", "10 MiB/s", "10 kiB"}) {
        CHECK_MESSAGE(matches(size_pattern, text) == parse_size(text).has_value(), text);
    }
}

TEST_CASE("the pattern of a duration says the same as the parser") {
    for (const char* text : {"90", "90 s", "500 ms", "10m", "1.5 h", ".5h", "2 days", "5min", "",
                             "s", "-1", "10 minutes", "1e3", "1,5 h", "5 M"}) {
        CHECK_MESSAGE(matches(duration_pattern, text) == parse_duration(text).has_value(), text);
    }
}

}  // namespace
}  // namespace xpc::base
