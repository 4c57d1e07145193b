#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/scripted_server.hpp"
#include "cli/stage.hpp"

namespace xpc::cli {
namespace {

using tests::job_json;
using tests::ScriptedReply;
using tests::ScriptedRequest;
using tests::ScriptedServer;
using tests::Stage;

constexpr std::string_view capture_bytes = "pcap bytes";
constexpr const char* receipt = R"(,"object":{"bucket":"b","key":"1.pcap","bytes":10,"etag":"e"})";

/// Takes a job and has ended it by the next question; with `more` members, as job_json() takes
/// them.
ScriptedServer::Script ending_in(std::string delivery, std::string more) {
    return
        [delivery = std::move(delivery), more = std::move(more)](const ScriptedRequest& request) {
            if (request.target.ends_with("/file") || request.target.ends_with("/stream")) {
                return ScriptedReply{.body = std::string(capture_bytes)};
            }
            if (request.method == "POST") return ScriptedReply{.body = job_json("queued", "none")};
            return ScriptedReply{.body = job_json("stopped", delivery, more)};
        };
}

/// What a capture asks its server for, and how it ends.
struct Asked {
    int exit_code = -1;
    std::string body;
};

Asked asked_by(const Stage& stage, Capture capture) {
    Asked asked;
    const auto script = ending_in("delivered", receipt);
    const ScriptedServer server([&](const ScriptedRequest& request) {
        if (request.method == "POST") asked.body = request.body;
        return script(request);
    });
    capture.server = server.url();
    asked.exit_code = stage.run(capture);
    return asked;
}

}  // namespace

TEST_CASE("a capture asks only for what it was told and ends in a summary") {
    Stage stage;
    const auto asked = asked_by(
        stage,
        Capture{.interfaces = {"eth0"}, .proto = "udp", .duration = "10m", .bidirectional = false});
    CHECK(asked.exit_code == 0);
    CHECK(asked.body ==
          R"({"interface":"eth0","proto":"udp","bidirectional":false,"duration":"10m"})");
    CHECK(stage.printed().starts_with("job 905928 delivered\n"));
    CHECK(stage.said() == "job 905928 queued\n");
}

TEST_CASE("limits are sent as numbers, sizes as they were given, and segments together") {
    Stage stage;
    const auto asked = asked_by(stage, Capture{.interfaces = {"eth0", "eth1"},
                                               .filter = "port 53",
                                               .direction = "in",
                                               .snaplen = "128",
                                               .packets = "1000",
                                               .bytes = "10 MiB",
                                               .segment_duration = "1m",
                                               .keep = "10",
                                               .format = "pcapng",
                                               .by = "alice",
                                               .comment = "why"});
    CHECK(asked.exit_code == 0);
    CHECK(asked.body == R"({"interfaces":["eth0","eth1"],"bidirectional":true,"filter":"port 53",)"
                        R"("direction":"in","snaplen":128,"packets":1000,"bytes":"10 MiB",)"
                        R"("segment":{"duration":"1m","keep":10},"format":"pcapng","by":"alice",)"
                        R"("comment":"why"})");
}

TEST_CASE("what only a device can do is sent to the server, which knows its devices") {
    Stage stage;
    const auto asked = asked_by(stage, Capture{.interfaces = {"Gi1"},
                                               .src_port = "1024",
                                               .dst_port = "53",
                                               .device = "edge1",
                                               .buffer = "50",
                                               .circular = true,
                                               .pps = "5000"});
    CHECK(asked.exit_code == 0);
    CHECK(asked.body == R"({"interface":"Gi1","src_port":1024,"dst_port":53,"device":"edge1",)"
                        R"("buffer":50,"circular":true,"pps":5000,"bidirectional":true})");
}

TEST_CASE("a capture is downloaded to a file") {
    Stage stage;
    const ScriptedServer server(ending_in("delivered", receipt));
    CHECK(stage.run(Capture{.interfaces = {"eth0"},
                            .output_file = stage.workspace.path("a.pcap"),
                            .server = server.url()}) == 0);
    CHECK(stage.workspace.read("a.pcap") == capture_bytes);
    CHECK(stage.printed().contains("open with  tshark -r "));
    CHECK(stage.workspace.file_count() == 3);
}

TEST_CASE("with -w - nothing but the capture is on standard output") {
    Stage stage;
    const ScriptedServer server(ending_in("delivered", receipt));
    CHECK(stage.run(Capture{
              .interfaces = {"eth0"}, .output_file = standard_output, .server = server.url()}) ==
          0);
    CHECK(stage.printed() == capture_bytes);
    CHECK(stage.said().contains("job 905928 delivered\n"));
}

TEST_CASE("a capture that ended before it could be followed is fetched as a file") {
    Stage stage;
    const auto script = ending_in("delivered", receipt);
    const ScriptedServer server([&script](const ScriptedRequest& request) {
        if (!request.target.ends_with("/stream")) return script(request);
        return ScriptedReply{.status = 409,
                             .body = R"({"error":{"code":"conflict","message":"compressed"}})"};
    });
    CHECK(stage.run(Capture{
              .interfaces = {"eth0"}, .output_file = standard_output, .server = server.url()}) ==
          0);
    CHECK(stage.printed() == capture_bytes);
}

TEST_CASE("a live capture that breaks off fails, and is not begun anew behind what was written") {
    Stage stage;
    const auto script = ending_in("delivered", receipt);
    const ScriptedServer server([&script](const ScriptedRequest& request) {
        auto reply = script(request);
        if (request.target.ends_with("/stream")) reply.missing_bytes = 2;
        return reply;
    });
    CHECK(stage.run(Capture{
              .interfaces = {"eth0"}, .output_file = standard_output, .server = server.url()}) !=
          0);
    CHECK(stage.printed() == capture_bytes.substr(0, capture_bytes.size() - 2));
    CHECK(stage.said().contains("the capture stays at http://127.0.0.1:5000/objects/"));
}

TEST_CASE("with --json standard output is one document, the final job") {
    Stage stage;
    const ScriptedServer server(ending_in("delivered", receipt));
    CHECK(stage.run(Capture{.interfaces = {"eth0"}, .json = true, .server = server.url()}) == 0);
    const auto json = base::parse_json(stage.printed());
    REQUIRE(json);
    CHECK(json->text_at("delivery") == "delivered");
}

TEST_CASE("a failed job exits with 1, says why, and what is on the server's disk is downloaded") {
    Stage stage;
    const ScriptedServer server(ending_in(
        "failed",
        R"(,"errors":[{"code":"store_refused","message":"403; kept as /x/1.pcap\u001b"}])"));
    CHECK(stage.run(Capture{.interfaces = {"eth0"},
                            .output_file = stage.workspace.path("a.pcap"),
                            .server = server.url()}) == 1);
    CHECK(stage.said().contains("job 905928: 403; kept as /x/1.pcap\\x1b (store_refused)"));
    CHECK(stage.workspace.read("a.pcap") == capture_bytes);
    CHECK(stage.printed().starts_with("job 905928 failed\n"));
}

TEST_CASE("a failed job without a file leaves none behind") {
    Stage stage;
    const auto script = ending_in("failed", "");
    const ScriptedServer server([&script](const ScriptedRequest& request) {
        if (!request.target.ends_with("/file")) return script(request);
        return ScriptedReply{.status = 409,
                             .body = R"({"error":{"code":"conflict","message":"no file"}})"};
    });
    CHECK(stage.run(Capture{.interfaces = {"eth0"},
                            .output_file = stage.workspace.path("a.pcap"),
                            .server = server.url()}) == 1);
    CHECK(stage.workspace.file_count() == 2);
}

TEST_CASE("a file that may not be written is refused before anything is asked for") {
    Stage stage;
    std::atomic<int> requests = 0;
    const ScriptedServer server([&requests](const ScriptedRequest&) {
        ++requests;
        return ScriptedReply{};
    });
    CHECK(stage.run(Capture{.interfaces = {"eth0"},
                            .output_file = stage.workspace.path("err"),
                            .server = server.url()}) == 2);
    CHECK(requests == 0);
    CHECK(stage.said().contains("--force"));
}

TEST_CASE("a download that breaks off fails, and the message says where the capture is") {
    Stage stage;
    const ScriptedServer server(
        ending_in("delivered", R"(,"object":{"bucket":"b","key":"1.pcap","bytes":11,"etag":"e"})"));
    CHECK(stage.run(Capture{.interfaces = {"eth0"},
                            .output_file = stage.workspace.path("a.pcap"),
                            .server = server.url()}) == 1);
    CHECK(stage.said().contains("the capture stays at http://127.0.0.1:5000/objects/"));
    CHECK(stage.workspace.file_count() == 2);
}

TEST_CASE("a reader that has gone away is an error and not the end of the process") {
    Stage stage;
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    base::UniqueFd reader = base::UniqueFd::adopt(ends[0]);
    const base::UniqueFd writer = base::UniqueFd::adopt(ends[1]);
    reader.reset();
    stage.around.out = writer;
    const ScriptedServer server(ending_in("delivered", receipt));
    CHECK(stage.run(Capture{
              .interfaces = {"eth0"}, .output_file = standard_output, .server = server.url()}) ==
          1);
    CHECK(stage.said().contains("standard output: the program that reads it has ended"));
}

TEST_CASE("a dry run shows what would be told to the kernel, and exits as the first fault does") {
    constexpr const char* reply =
        R"({"url":"http://x/1.pcapng","compiled":[{"interface":"eth0","filter":"udp",)"
        R"("language":"bpf","lines":["(000) ret #1"]}],"checks":[)"
        R"({"what":"interface eth0","detail":"fine","ok":true,"error":null},)"
        R"({"what":"bucket b","detail":"","ok":false,"error":)"
        R"({"code":"store_unreachable","message":"away"}}]})";
    const ScriptedServer server(
        [](const ScriptedRequest&) { return ScriptedReply{.body = reply}; });
    Stage stage;
    CHECK(stage.run(Capture{.interfaces = {"eth0"}, .dry_run = true, .server = server.url()}) == 4);
    CHECK(stage.printed() ==
          "would be written to http://x/1.pcapng\n"
          "eth0: udp\n"
          "  (000) ret #1\n"
          "ok      interface eth0  fine\n"
          "FAILED  bucket b        away (store_unreachable)\n");
    Stage json;
    CHECK(json.run(Capture{
              .interfaces = {"eth0"}, .dry_run = true, .json = true, .server = server.url()}) == 4);
    CHECK(base::parse_json(json.printed())->text_at("url") == "http://x/1.pcapng");
}

}  // namespace xpc::cli
