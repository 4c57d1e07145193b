#include "job/transcript.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;

namespace {

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Without the time, which has its own form.
std::string without_times(const std::string& text) {
    std::string out;
    for (const std::string_view line : base::split(text, '\n')) {
        const auto space = line.find(' ');
        if (space == std::string_view::npos) continue;
        CHECK(base::parse_rfc3339(line.substr(0, space)));
        out += base::text(line.substr(space + 1), '\n');
    }
    return out;
}

}  // namespace

TEST_CASE("a transcript has each command and each line of an answer, with the time") {
    const tests::ScratchFolder folder;
    const auto path = transcript_path(folder.path(), "019a5b0c");
    {
        Transcript transcript(path);
        transcript.said("show clock");
        transcript.answered("\r\n*12:00:00.000 UTC\r\nTue\r\n");
    }
    Transcript(path).said("exit");  // a later process goes on
    CHECK(path.filename() == "019a5b0c.txt");
    CHECK(without_times(content(path)) == "> show clock\n< \n< *12:00:00.000 UTC\n< Tue\n> exit\n");
}

TEST_CASE("what a device sends can not forge a line, or command a terminal") {
    const tests::ScratchFolder folder;
    const auto path = transcript_path(folder.path(), "x");
    Transcript(path).answered("a\rb\x1b[2J\x80\tc");
    CHECK(without_times(content(path)) == "< a\\x0db\\x1b[2J\\x80\tc\n");
}

TEST_CASE("a transcript has an end, and says so") {
    const tests::ScratchFolder folder;
    const auto path = transcript_path(folder.path(), "x");
    const std::string line(100'000, 'x');
    for (int i = 0; i < 30; ++i)
        Transcript(path).answered(line);
    const std::string all = content(path);
    CHECK(all.size() < (std::size_t{1} << 20U) + 100);
    CHECK(all.ends_with("\nthe rest is left out\n"));
    CHECK(all.find("left out") == all.rfind("left out"));
}

TEST_CASE("a transcript that can not be written stops nobody") {
    Transcript transcript("/no/such/folder/x.txt");
    transcript.said("show clock");
    CHECK(Transcript::existing("/no/such/folder/x.txt") == nullptr);
}
