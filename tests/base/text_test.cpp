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

TEST_CASE("a size is a number of bytes, with or without a unit") {
    struct Row {
        const char* raw;
        std::uint64_t bytes;
    };

    for (const Row& row : std::to_array<Row>({{"0", 0},
                                              {"65536", 65'536},
                                              {"64KiB", 65'536},
                                              {"64 MiB", std::uint64_t{64} << 20U},
                                              {"3  GiB ", std::uint64_t{3} << 30U},
                                              {"1 TiB", std::uint64_t{1} << 40U},
                                              {"10 kB", 10'000},
                                              {"10 MB", 10'000'000},
                                              {"2 GB", 2'000'000'000},
                                              {"1TB", 1'000'000'000'000},
                                              {"18446744073709551615", UINT64_MAX},
                                              {"16777215 TiB", UINT64_MAX - (1ULL << 40U) + 1}})) {
        CAPTURE(row.raw);
        CHECK(parse_size(row.raw) == row.bytes);
    }
    for (const auto* raw : {"", " ", "MiB", "-1", "+1", " 1", "1.5 MiB", "1 mib", "1 M", "1 MiB x",
                            "0x10", "18446744073709551616", "16777216 TiB", "99999999999 TB"}) {
        CAPTURE(raw);
        CHECK_FALSE(parse_size(raw));
    }
}

TEST_CASE("plain text is UTF-8 without control characters") {
    for (const std::string_view raw : {"", "alice@host", "caf\xc3\xa9 \xf0\x9f\x98\x80"}) {
        CAPTURE(raw);
        CHECK(is_plain_text(raw));
    }
    for (const std::string_view raw :
         {std::string_view("a\nb"), std::string_view("a\0b", 3), std::string_view("\x7f"),
          std::string_view("\xc2\x9b"), std::string_view("\xff"), std::string_view("a\xc3"),
          std::string_view("\xed\xa0\x80")}) {
        CAPTURE(raw);
        CHECK_FALSE(is_plain_text(raw));
    }
}

TEST_CASE("pieces are joined with what stands between them") {
    CHECK(joined({}, ", ").empty());
    CHECK(joined({"a"}, ", ") == "a");
    CHECK(joined({"a", "", "b"}, ", ") == "a, , b");
}

TEST_CASE("split keeps empty pieces") {
    CHECK(split("", '/') == std::vector<std::string_view>{""});
    CHECK(split("/a//b", '/') == std::vector<std::string_view>{"", "a", "", "b"});
}
