#include "cli/commands.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/interrupts.hpp"
#include "cli/scripted_server.hpp"
#include "cli/workspace.hpp"

namespace xpc::cli {
namespace {

using tests::job_json;
using tests::ScriptedReply;
using tests::ScriptedRequest;
using tests::ScriptedServer;

constexpr std::string_view capture_bytes = "pcap bytes";
constexpr const char* receipt = R"(,"object":{"bucket":"b","key":"1.pcap","bytes":10,"etag":"e"})";

/// Where a command's output goes.
struct Stage {
    tests::Workspace workspace;
    base::UniqueFd out = workspace.open_new("out");
    base::UniqueFd err = workspace.open_new("err");
    Surroundings around{
        .environment = [](const std::string&) { return std::nullopt; }, .out = out, .err = err};

    [[nodiscard]] std::string printed() const { return workspace.read("out"); }

    [[nodiscard]] std::string said() const { return workspace.read("err"); }

    /// The exit code, as main would have it.
    template <typename Command>
    int run(const Command& command) const {
        try {
            return cli::run(command, around);
        } catch (const base::Failure& failure) {
            return report(failure.error(), around);
        }
    }
};

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

}  // namespace

TEST_CASE("a capture asks only for what it was told and ends in a summary") {
    Stage stage;
    std::string asked;
    int exit_code = -1;
    {
        const auto script = ending_in("delivered", receipt);
        const ScriptedServer server([&](const ScriptedRequest& request) {
            if (request.method == "POST") asked = request.body;
            return script(request);
        });
        exit_code = stage.run(Capture{.interfaces = {"eth0"},
                                      .proto = "udp",
                                      .duration = "10m",
                                      .bidirectional = false,
                                      .server = server.url()});
    }
    CHECK(exit_code == 0);
    CHECK(asked == R"({"interface":"eth0","proto":"udp","bidirectional":false,"duration":"10m"})");
    CHECK(stage.printed().starts_with("job 905928 delivered\n"));
    CHECK(stage.said() == "job 905928 queued\n");
}

TEST_CASE("limits are sent as numbers, sizes as they were given, and segments together") {
    Stage stage;
    std::string asked;
    {
        const auto script = ending_in("delivered", receipt);
        const ScriptedServer server([&](const ScriptedRequest& request) {
            if (request.method == "POST") asked = request.body;
            return script(request);
        });
        CHECK(stage.run(Capture{.interfaces = {"eth0", "eth1"},
                                .filter = "port 53",
                                .direction = "in",
                                .snaplen = "128",
                                .packets = "1000",
                                .bytes = "10 MiB",
                                .segment_duration = "1m",
                                .keep = "10",
                                .format = "pcapng",
                                .by = "alice",
                                .comment = "why",
                                .server = server.url()}) == 0);
    }
    CHECK(asked == R"({"interfaces":["eth0","eth1"],"bidirectional":true,"filter":"port 53",)"
                   R"("direction":"in","snaplen":128,"packets":1000,"bytes":"10 MiB",)"
                   R"("segment":{"duration":"1m","keep":10},"format":"pcapng","by":"alice",)"
                   R"("comment":"why"})");
}

TEST_CASE("what only a device can do is sent to the server, which knows its devices") {
    Stage stage;
    std::string asked;
    {
        const auto script = ending_in("delivered", receipt);
        const ScriptedServer server([&](const ScriptedRequest& request) {
            if (request.method == "POST") asked = request.body;
            return script(request);
        });
        CHECK(stage.run(Capture{.interfaces = {"Gi1"},
                                .src_port = "1024",
                                .dst_port = "53",
                                .device = "edge1",
                                .buffer = "50",
                                .circular = true,
                                .pps = "5000",
                                .server = server.url()}) == 0);
    }
    CHECK(asked == R"({"interface":"Gi1","src_port":1024,"dst_port":53,"device":"edge1",)"
                   R"("buffer":50,"circular":true,"pps":5000,"bidirectional":true})");
}

TEST_CASE("a transcript is printed line by line, and none of it commands the terminal") {
    Stage stage;
    std::string target;
    {
        const ScriptedServer server([&](const ScriptedRequest& request) {
            target = request.target;
            return ScriptedReply{.body = "> show clock\n\x1b[2J12:00\n"};
        });
        CHECK(stage.run(Show{.id = "905928", .transcript = true, .server = server.url()}) == 0);
    }
    CHECK(target == "/api/v1/jobs/905928/transcript");
    CHECK(stage.printed() == "> show clock\n\\x1b[2J12:00\n");
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

TEST_CASE("a full disk below standard output is not a success") {
    Stage stage;
    const auto full = base::UniqueFd::adopt(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(full.valid());
    stage.around.out = full;
    const ScriptedServer server(
        [](const ScriptedRequest&) { return ScriptedReply{.body = R"({"jobs":[]})"}; });
    CHECK(stage.run(List{.server = server.url()}) == 1);
    CHECK(stage.run(Text{.text = "help\n"}) == 1);
}

TEST_CASE("the commands about jobs print for people, and the server's reply for programs") {
    Stage stage;
    const ScriptedServer server([](const ScriptedRequest& request) {
        if (request.method == "DELETE") return ScriptedReply{.status = 204};
        if (request.target == "/api/v1/jobs") {
            return ScriptedReply{.body = base::text(R"({"jobs":[)", job_json("running", "none"),
                                                    R"(],"next":"older"})")};
        }
        return ScriptedReply{.body = job_json("stopping", "none")};
    });
    const std::string url = server.url();
    CHECK(stage.run(List{.server = url}) == 0);
    CHECK(stage.run(Show{.id = "905928", .server = url}) == 0);
    CHECK(stage.run(StopJob{.id = "905928", .server = url}) == 0);
    CHECK(stage.run(DeleteJob{.id = "905928", .server = url}) == 0);
    const std::string printed = stage.printed();
    CHECK(printed.starts_with("NUMBER  STATE"));
    CHECK(printed.contains("\nstate      stopping\n"));
    CHECK(printed.ends_with("job 905928 stopping\njob 905928 deleted\n"));
    CHECK(stage.said() == "older jobs are left out: see --all and --limit\n");

    for (const bool listed : {true, false}) {
        Stage programs;
        const int exit_code = listed ? programs.run(List{.json = true, .server = url})
                                     : programs.run(Show{.id = "1", .json = true, .server = url});
        CHECK(exit_code == 0);
        CHECK(base::parse_json(programs.printed()));
        CHECK(programs.said().empty());
    }
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

TEST_CASE("a list follows the cursors to the end when it is to have all") {
    std::vector<std::string> targets;
    const ScriptedServer server([&targets](const ScriptedRequest& request) {
        targets.push_back(request.target);
        const char* next = targets.size() < 3 ? R"("c")" : "null";
        return ScriptedReply{.body = base::text(R"({"jobs":[)", job_json("queued", "none"),
                                                R"(],"next":)", next, "}")};
    });
    Stage stage;
    CHECK(stage.run(List{.limit = 1, .all = true, .server = server.url()}) == 0);
    CHECK(targets == std::vector<std::string>{"/api/v1/jobs?limit=1",
                                              "/api/v1/jobs?limit=1&cursor=c",
                                              "/api/v1/jobs?limit=1&cursor=c"});
    CHECK(stage.said().empty());
    const auto printed = stage.printed();
    CHECK(std::ranges::count(printed, '\n') == 4);  // a heading, and each job once
}

TEST_CASE("a report names the field, escapes what came from outside, and has the exit code") {
    struct Row {
        base::Error error;
        int exit_code;
        const char* line;
    };

    for (const Row& row :
         {Row{{.errc = base::Errc::not_found, .message = "no such job"},
              3,
              "xepacketcap: no such job\n"},
          Row{{.errc = base::Errc::invalid_value, .message = "too long", .field = "duration"},
              3,
              "xepacketcap: duration: too long\n"},
          Row{{.errc = base::Errc::invalid_value, .message = "duration: bad", .field = "duration"},
              3,
              "xepacketcap: duration: bad\n"},
          Row{{.errc = base::Errc::io, .message = "\x1b[2J\n"}, 1, "xepacketcap: \\x1b[2J\\x0a\n"},
          Row{{.errc = base::Errc::usage, .message = "--x: no"},
              2,
              "xepacketcap: --x: no\nsee: xepacketcap --help\n"},
          Row{{.errc = base::Errc::server_unreachable, .message = "m"}, 4, "xepacketcap: m\n"},
          Row{{.errc = base::Errc::permission, .message = "m"}, 5, "xepacketcap: m\n"},
          Row{{.errc = base::Errc::interrupted, .message = "m"}, 130, "xepacketcap: m\n"}}) {
        CAPTURE(row.line);
        const Stage stage;
        CHECK(report(row.error, stage.around) == row.exit_code);
        CHECK(stage.said() == row.line);
    }
}

TEST_CASE("help that was asked for is output, and help that was not is a message") {
    const Stage asked;
    CHECK(asked.run(Text{.text = "help\n"}) == 0);
    CHECK(asked.printed() == "help\n");
    const Stage unasked;
    CHECK(unasked.run(Text{.text = "help\n", .exit_code = 2}) == 2);
    CHECK(unasked.printed().empty());
    CHECK(unasked.said() == "help\n");
}

}  // namespace xpc::cli
