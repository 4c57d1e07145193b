#include "cli/printable.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/json.hpp"

namespace xpc::cli {

TEST_CASE("each line of a text is made printable, and stays a line") {
    CHECK(printable_lines("a\n\x1b[2Jb\n") == "a\n\\x1b[2Jb\n");
    CHECK(printable_lines("no end") == "no end");
    CHECK(printable_lines("").empty());
}

TEST_CASE("what could command a terminal is shown and not obeyed") {
    struct Row {
        std::string raw;
        std::string shown;
    };

    using namespace std::string_literals;
    const std::vector<Row> rows{{"eth0", "eth0"},
                                {"", ""},
                                {"\x1b[2J", "\\x1b[2J"},
                                {"a\nb\r\t"s, "a\\x0ab\\x0d\\x09"},
                                {"nul\0!"s, "nul\\x00!"},
                                {"\x7f", "\\x7f"},
                                {"\xc2\x9b", "\\xc2\\x9b"},           // CSI in one character
                                {"\x9b", "\\x9b"},                    // no UTF-8
                                {"\xe2\x80\xae", "\\xe2\\x80\\xae"},  // right to left
                                {"\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac"},
                                {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
                                {"\xc0\x80", "\\xc0\\x80"},           // overlong
                                {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // surrogate
                                {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
                                {"\xe2\x82", "\\xe2\\x82"}};  // cut short
    for (const Row& row : rows) {
        CAPTURE(row.shown);
        CHECK(printable(row.raw) == row.shown);
    }
}

TEST_CASE("JSON made printable is still the same JSON") {
    const base::Json json = base::Json::object(
        {{"a", "\x7f \xc2\x9b \xe2\x80\xae \xc3\xa4 \x1b"}, {"b", base::Json::Array{1, 2}}});
    const std::string shown = printable_json(json.dump(true));
    for (const char* hidden : {"\x7f", "\xc2\x9b", "\xe2\x80\xae", "\x1b"})
        CHECK_FALSE(shown.contains(hidden));
    CHECK(shown.contains("\n"));
    const auto read = base::parse_json(shown);
    REQUIRE(read);
    CHECK(read->dump() == json.dump());
}

TEST_CASE("a text is cut at characters and says that it was cut") {
    CHECK(cut("abcdef", 6) == "abcdef");
    CHECK(cut("abcdef", 5) == "abc..");
    CHECK(cut("abcdef", 1) == ".");
    CHECK(cut("abcdef", 0).empty());
    CHECK(cut("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", 4) == "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f");
    CHECK(cut("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", 3) == "\xc3\xa4..");
    CHECK(columns("\xc3\xa4\xe2\x82\xac x") == 4);
}

TEST_CASE("a word for a shell stays one word") {
    CHECK(shell_word("a-b/c.pcap") == "a-b/c.pcap");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("it's; rm") == "'it'\\''s; rm'");
    CHECK(shell_word("$(id)") == "'$(id)'");
}

}  // namespace xpc::cli
