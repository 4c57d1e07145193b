#include "base/log_line.hpp"

#include <array>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace xpc::base;

namespace {

constexpr WallTime noon{std::chrono::seconds{1'795'421'730}};

std::string json_of(std::string_view value) {
    const std::string line = log::json_line(noon, Severity::info, "x.y", {{"v", value}});
    return line.substr(line.find("\"v\":") + 4);
}

}  // namespace

TEST_CASE("an event is a JSON object with typed values") {
    CHECK(log::json_line(noon, Severity::warning, "job.lost",
                         {{"job", "0123"},
                          {"count", 7},
                          {"least", std::numeric_limits<std::int64_t>::min()},
                          {"bytes", std::size_t{1} << 40U}}) ==
          R"({"time":"2026-11-23T08:15:30.000000Z","level":"warning","event":"job.lost",)"
          R"("job":"0123","count":7,"least":-9223372036854775808,"bytes":1099511627776})");
    CHECK(log::json_line(noon, Severity::error, "a.b", {}) ==
          R"({"time":"2026-11-23T08:15:30.000000Z","level":"error","event":"a.b"})");
}

TEST_CASE("what a value has is in its JSON, all of it and in ASCII") {
    CHECK(json_of("a\"b\\c") == R"("a\"b\\c"})");
    CHECK(json_of("a\nb\r\t\x01\x7f") == R"("a\nb\r\t\u0001\u007f"})");
    CHECK(json_of(std::string_view("\0", 1)) == R"("\u0000"})");
    CHECK(json_of("\xc3\xa9\xe2\x80\xa8\xf0\x9f\x90\xa6") == R"("\u00e9\u2028\ud83d\udc26"})");
    CHECK(json_of("") == R"(""})");
    CHECK_MESSAGE(json_of("a\xff") == "[97,255]}", "no UTF-8: its bytes");
    CHECK_MESSAGE(json_of("\xed\xa0\x80") == "[237,160,128]}", "a surrogate is none either");
    const std::string large(5000, 'x');
    CHECK(json_of(large) == '"' + large + "\"}");
}

TEST_CASE("an entry of the journal has the event, its level and each field") {
    CHECK(log::journal_entry(Severity::warning, "job.lost", {{"job", "0123"}, {"count", 7}}) ==
          "MESSAGE=job.lost job=0123 count=7\nPRIORITY=4\nSYSLOG_IDENTIFIER=xepacketcap\n"
          "XPC_EVENT=job.lost\nXPC_JOB=0123\nXPC_COUNT=7\n");
}

TEST_CASE("a value with a line feed can not add a field to the journal's entry") {
    using namespace std::string_literals;
    const std::string entry =
        log::journal_entry(Severity::error, "a.b", {{"cause", "x\nPRIORITY=0\n"}});
    CHECK(entry ==
          "MESSAGE=a.b cause=\"x\\x0aPRIORITY=0\\x0a\"\nPRIORITY=3\n"
          "SYSLOG_IDENTIFIER=xepacketcap\nXPC_EVENT=a.b\n"
          "XPC_CAUSE\n\x0d\0\0\0\0\0\0\0x\nPRIORITY=0\n\n"s);
}

TEST_CASE("a line of text is one line, whatever its values are") {
    CHECK(log::text_line("a.b", {{"n", -1}, {"t", "x y"}, {"e", ""}, {"l", "\n"}}) ==
          R"(a.b n=-1 t="x y" e="" l="\x0a")");
}
