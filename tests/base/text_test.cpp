#include "base/text.hpp"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace xpc::base;

TEST_CASE("text from outside is shown without control characters or broken UTF-8") {
    struct Row {
        const char* name;
        std::string_view raw;
        std::string_view shown;
    };

    const auto rows = std::to_array<Row>({
        {"plain", "eth0", "\"eth0\""},
        {"empty", "", "\"\""},
        {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
        {"line feed", "a\nb", "\"a\\x0ab\""},
        {"escape sequence", "\x1b[2J", "\"\\x1b[2J\""},
        {"two-byte UTF-8", "\xc3\xa9", "\"\xc3\xa9\""},
        {"C1 control as UTF-8", "\xc2\x9b", "\"\\xc2\\x9b\""},
        {"overlong UTF-8", "\xc0\xaf", "\"\\xc0\\xaf\""},
        {"surrogate as UTF-8", "\xed\xa0\x80", "\"\\xed\\xa0\\x80\""},
        {"cut UTF-8", "\xe2\x82", "\"\\xe2\\x82\""},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(quoted(row.raw) == row.shown);
    }
}

TEST_CASE("long text from outside is cut") {
    const std::string shown = quoted(std::string(100'000, 'x'));
    CHECK(shown.size() < 200);
    CHECK(shown.ends_with("…\""));
}

TEST_CASE("a decimal number is digits only, and fits") {
    CHECK(parse_decimal<std::uint16_t>("65535") == 65535);
    CHECK(parse_decimal<std::uint32_t>("0012") == 12U);
    for (const auto* raw : {"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "65536", "１"}) {
        CAPTURE(raw);
        CHECK_FALSE(parse_decimal<std::uint16_t>(raw));
    }
}

TEST_CASE("percent-encoding goes there and back for every byte") {
    std::string every;
    for (int c = 0; c < 256; ++c)
        every += static_cast<char>(c);
    CHECK(percent_decoded(percent_encoded(every)) == every);
    CHECK(percent_encoded("a/b c~", "/") == "a/b%20c~");
    for (const auto* raw : {"%", "%4", "%4g", "%zz"}) {
        CAPTURE(raw);
        CHECK_FALSE(percent_decoded(raw));
    }
}

TEST_CASE("numbers are written for people") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1'234'567) == "1,234,567");
    CHECK(human_bytes(999) == "999 B");
    CHECK(human_bytes(1'000) == "1.0 kB");
    CHECK(human_bytes(999'999) == "1.0 MB");
    CHECK(human_bytes(1'234'567'890) == "1.2 GB");
}

TEST_CASE("split keeps empty pieces") {
    CHECK(split("", '/') == std::vector<std::string_view>{""});
    CHECK(split("/a//b", '/') == std::vector<std::string_view>{"", "a", "", "b"});
}
