#include "cli/capture_file.hpp"

#include <span>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/error.hpp"
#include "cli/workspace.hpp"

namespace xpc::cli {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

base::Errc errc_of(const CaptureFile::Options& options) {
    try {
        const CaptureFile file(options);
    } catch (const base::Failure& failure) {
        CHECK(std::string(failure.what()).contains(options.path));
        return failure.error().errc;
    }
    return base::Errc::internal;
}

}  // namespace

TEST_CASE("a capture file is not there until it is complete") {
    const tests::Workspace workspace;
    const base::Stop stop;
    {
        CaptureFile file({.path = workspace.path("a.pcap")});
        file.append(bytes_of("one "), stop);
        file.append(bytes_of("two"), stop);
        CHECK(workspace.read("a.pcap").empty());
        CHECK(workspace.file_count() == 1);
        file.commit();
    }
    CHECK(workspace.read("a.pcap") == "one two");
    CHECK(workspace.file_count() == 1);
}

TEST_CASE("a capture file that is not committed leaves nothing behind") {
    const tests::Workspace workspace;
    {
        CaptureFile file({.path = workspace.path("a.pcap")});
        file.append(bytes_of("half"), base::Stop());
    }
    CHECK(workspace.file_count() == 0);
}

TEST_CASE("a file that exists is replaced only when that is asked for") {
    const tests::Workspace workspace;
    workspace.write("a.pcap", "old");
    CHECK(errc_of({.path = workspace.path("a.pcap")}) == base::Errc::usage);
    CaptureFile file({.path = workspace.path("a.pcap"), .overwrite = true});
    file.append(bytes_of("new"), base::Stop());
    CHECK(workspace.read("a.pcap") == "old");
    file.commit();
    CHECK(workspace.read("a.pcap") == "new");
}

TEST_CASE("a file that appears while the capture runs is not replaced") {
    const tests::Workspace workspace;
    {
        CaptureFile file({.path = workspace.path("a.pcap")});
        file.append(bytes_of("new"), base::Stop());
        workspace.write("a.pcap", "theirs");
        CHECK_THROWS_AS(file.commit(), base::Failure);
    }
    CHECK(workspace.read("a.pcap") == "theirs");
    CHECK(workspace.file_count() == 1);
}

TEST_CASE("what can not be a capture file is refused before a capture begins") {
    const tests::Workspace workspace;
    workspace.write("plain", "");
    REQUIRE(::mkfifo(workspace.path("pipe").c_str(), 0600) == 0);
    for (const bool overwrite : {false, true}) {
        CHECK(errc_of({.path = workspace.path(""), .overwrite = overwrite}) == base::Errc::usage);
        CHECK(errc_of({.path = workspace.path("pipe"), .overwrite = overwrite}) ==
              base::Errc::usage);
        CHECK(errc_of({.path = "/dev/null", .overwrite = overwrite}) == base::Errc::usage);
        CHECK(errc_of({.path = workspace.path("none/a.pcap"), .overwrite = overwrite}) ==
              base::Errc::usage);
        CHECK(errc_of({.path = workspace.path("plain/a.pcap"), .overwrite = overwrite}) ==
              base::Errc::usage);
        // also for root, whom no permission holds
        CHECK(errc_of({.path = "/proc/a.pcap", .overwrite = overwrite}) != base::Errc::internal);
    }
    CHECK(workspace.file_count() == 2);
}

}  // namespace xpc::cli
