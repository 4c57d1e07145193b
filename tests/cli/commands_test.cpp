#include "cli/commands.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/scripted_server.hpp"
#include "cli/stage.hpp"

namespace xpc::cli {

using tests::job_json;
using tests::ScriptedReply;
using tests::ScriptedRequest;
using tests::ScriptedServer;
using tests::Stage;

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
