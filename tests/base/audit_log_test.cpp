#include "base/audit_log.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/wait_for_call.hpp"
#include "support/scratch_folder.hpp"
#include "support/size_limit.hpp"

namespace xpc::base {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void put(const fs::path& file, std::string_view content) {
    std::ofstream(file, std::ios::binary) << content;
}

Json::Object said(std::string_view word) {
    return {{.name = "event", .value = word}};
}

struct Verdict {
    std::uint64_t lines = 0;
    std::uint64_t torn = 0;
    std::string fault;  ///< "LINE: WHY", or ""
};

Verdict verdict_of(std::string_view content) {
    ChainCheck check;
    Verdict verdict;
    std::uint64_t line = 0;
    for (const std::string_view one : split(content, '\n')) {
        if (one.data() + one.size() == content.data() + content.size() && one.empty()) break;
        ++line;
        if (auto added = check.add(one); !added) {
            verdict.fault = text(line, ": ", added.error().message);
            return verdict;
        }
    }
    if (auto end = check.finish(); !end) verdict.fault = text(line, ": ", end.error().message);
    verdict.lines = check.end().lines;
    verdict.torn = check.torn_lines();
    return verdict;
}

}  // namespace

TEST_CASE("each line of an audit log has the digest of the one before, over several openings") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    AuditLog({.file = file}).append(said("one"));
    {
        AuditLog log({.file = file});
        log.append(said("two"));
        log.append(said("three"));
    }
    const std::string content = content_of(file);
    const auto lines = split(content, '\n');
    REQUIRE(lines.size() == 4);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto line = value_or_throw(parse_json(lines[i]));
        CHECK(line.integer_at("n") == static_cast<std::int64_t>(i + 1));
        CHECK(line.text_at("prev") == (i == 0 ? "" : hex(sha256(lines[i - 1]))));
    }
    CHECK(verdict_of(content).lines == 3);
    CHECK(verdict_of(content).fault == "");
}

TEST_CASE("a change anywhere in an audit log is found at the line behind it") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    {
        AuditLog log({.file = file});
        for (const char* const word : {"one", "two", "three", "four"})
            log.append(said(word));
    }
    const std::string content = content_of(file);
    const auto lines = split(content, '\n');
    const auto of = [&](std::initializer_list<std::size_t> chosen) {
        std::string some;
        for (const std::size_t i : chosen)
            some += text(lines[i], '\n');
        return some;
    };
    CHECK(verdict_of(of({0, 1, 2, 3})).fault == "");
    CHECK(verdict_of(of({0, 2, 3})).fault.starts_with("2: it has the number 3, and should have 2"));
    CHECK(verdict_of(of({0, 1, 1, 2, 3})).fault.starts_with("3: it has the number 2"));
    CHECK(verdict_of(of({1, 0, 2, 3})).fault.starts_with("2: "));
    for (std::size_t at = 0; at < content.size(); ++at) {
        // of the last line nothing follows that would know
        if (at >= content.size() - lines[3].size() - 1) break;
        std::string changed = content;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CAPTURE(at);
        CHECK(verdict_of(changed).fault != "");
    }
}

TEST_CASE("a line that a crash has cut off is told by the next, at every byte of it") {
    const tests::ScratchFolder folder;
    const fs::path whole = folder.path() / "whole";
    {
        AuditLog log({.file = whole});
        log.append(said("one"));
        log.append(said("two"));
    }
    const std::string content = content_of(whole);
    const std::size_t second = content.find('\n') + 1;
    const fs::path file = folder.path() / "audit.log";
    for (std::size_t cut = 0; cut < content.size(); cut += 7) {
        CAPTURE(cut);
        put(file, std::string_view(content).substr(0, cut));
        AuditLog({.file = file}).append(said("later"));
        const auto verdict = verdict_of(content_of(file));
        CHECK(verdict.fault == "");
        CHECK(verdict.torn == (cut == 0 || cut == second ? 0 : 1));
        CHECK(content_of(file).contains("later"));
    }
}

TEST_CASE("an audit log whose end is no chain is set aside, and a new one begun") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    put(file, "what somebody has written\n");
    AuditLog({.file = file}).append(said("one"));
    CHECK(verdict_of(content_of(file)).lines == 1);
    std::size_t aside = 0;
    for (const auto& entry : fs::directory_iterator(folder.path()))
        aside += entry.path().filename().native().starts_with("audit.log.damaged-") ? 1U : 0U;
    CHECK(aside == 1);
}

TEST_CASE("a full audit log goes on in the next file, and the chain with it") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    {
        AuditLog log({.file = file, .rotate_bytes = 1000});
        for (int i = 0; i < 20; ++i)
            log.append(said("line"));
    }
    ChainCheck check;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder.path()))
        if (entry.path() != file) files.push_back(entry.path());
    std::ranges::sort(files, {}, [](const fs::path& path) {
        return parse_decimal<unsigned>(path.extension().native().substr(1)).value();
    });
    CHECK(files.size() > 1);
    files.push_back(file);
    for (const fs::path& one : files) {
        const std::string content = content_of(one);
        for (const std::string_view line : split(content, '\n'))
            if (!line.empty()) CHECK(check.add(line).has_value());
    }
    CHECK(check.end().lines >= 20);
}

TEST_CASE("lines of many threads are all there") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    {
        AuditLog log({.file = file});
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&log] {
                for (int n = 0; n < 20; ++n)
                    log.append(said("line"));
            });
        }
    }
    const auto verdict = verdict_of(content_of(file));
    CHECK(verdict.lines == 160);
    CHECK(verdict.fault == "");
}

TEST_CASE("who does not wait is called when the line is in the file, in the order of the lines") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    std::vector<std::string> called;
    {
        AuditLog log({.file = file});
        for (const std::string word : {"one", "two", "three"}) {
            log.append(said(word), [&, word](const std::optional<Error>& failed) {
                CHECK_FALSE(failed);
                CHECK(content_of(file).contains(word));
                called.push_back(word);
            });
        }
    }  // its end waits for all of them
    CHECK(called == std::vector<std::string>{"one", "two", "three"});
    CHECK(verdict_of(content_of(file)).lines == 3);
}

TEST_CASE("who does not wait is told what the disk refuses") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    AuditLog log({.file = file});
    log.append(said("one"));
    const tests::SizeLimit limit(fs::file_size(file) + 10);
    const auto told = wait_for_call<std::optional<Error>>(
        [&log](auto written) { log.append(said("two"), std::move(written)); });
    REQUIRE(told);
    CHECK(told->message.contains("audit.log"));
}

TEST_CASE("what the disk refuses is written, whole, when there is room again") {
    const tests::ScratchFolder folder;
    const fs::path file = folder.path() / "audit.log";
    AuditLog log({.file = file});
    log.append(said("one"));
    {
        const tests::SizeLimit limit(fs::file_size(file) + 10);
        CHECK_THROWS_AS(log.append(said("two")), Failure);
        CHECK_THROWS_AS(log.make_ready(), Failure);
    }
    log.make_ready();
    log.append(said("three"));
    const auto verdict = verdict_of(content_of(file));
    CHECK(verdict.lines == 3);
    CHECK(verdict.fault == "");
    CHECK(verdict.torn == 0);
}

}  // namespace xpc::base
