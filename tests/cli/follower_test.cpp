#include "cli/follower.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "cli/scripted_server.hpp"
#include "cli/workspace.hpp"

namespace xpc::cli {
namespace {

using tests::job_json;
using tests::ScriptedReply;
using tests::ScriptedRequest;
using tests::ScriptedServer;

constexpr Follower::Pace fast{.poll = std::chrono::milliseconds(1),
                              .patience = std::chrono::milliseconds(5000)};

/// What a follower needs around it, with its messages in a file.
struct Stage {
    tests::Workspace workspace;
    base::UniqueFd err = workspace.open_new("err");
    Interrupts interrupts;
    ProgressDisplay display{err, [](const std::string&) { return std::nullopt; }};

    Job follow(const std::string& url, Follower::Pace pace = fast) {
        Client client(url);
        Follower follower(client, interrupts, display, pace);
        Job job = client.submit(base::Json::object({}), interrupts.second);
        return follower.follow(std::move(job));
    }

    [[nodiscard]] std::string said() const { return workspace.read("err"); }
};

/// Answers each request with the next of `bodies`, and with the last again and again.
ScriptedServer::Script in_order(std::vector<std::string> bodies) {
    return [bodies = std::move(bodies), next = std::size_t{0}](const ScriptedRequest&) mutable {
        const std::string body = bodies[next];
        if (next + 1 < bodies.size()) ++next;
        return ScriptedReply{.body = body};
    };
}

}  // namespace

TEST_CASE("a follower sees a job to its end and prints each state once") {
    Stage stage;
    const ScriptedServer server(in_order(
        {job_json("queued", "none"), job_json("running", "none"), job_json("running", "none"),
         job_json("stopped", "uploading"), job_json("stopped", "delivered")}));
    const Job job = stage.follow(server.url());
    CHECK(job.delivered());
    CHECK(stage.said() ==
          "job 905928 queued\n"
          "job 905928 running: 0 s of 10 s, 1,234 packets, 123.5 kB, 12 LOST\n"
          "job 905928 uploading: 1,234 packets, 123.5 kB, 12 LOST\n");
}

TEST_CASE("the first interrupt stops the capture once and follows it to its delivery") {
    Stage stage;
    std::atomic<int> stops = 0;
    const ScriptedServer server([&](const ScriptedRequest& request) {
        if (request.target.ends_with("/stop")) {
            ++stops;
            return ScriptedReply{.body = job_json("stopping", "none")};
        }
        if (request.method == "POST") {
            stage.interrupts.first.request();
            return ScriptedReply{.body = job_json("running", "none")};
        }
        return ScriptedReply{.body = job_json("stopped", "delivered")};
    });
    CHECK(stage.follow(server.url()).delivered());
    CHECK(stops == 1);
    CHECK(stage.said().contains("stopping; the capture is kept"));
}

TEST_CASE("the second interrupt leaves the job to the server and says how to look at it") {
    Stage stage;
    const ScriptedServer server([&](const ScriptedRequest& request) {
        (request.target.ends_with("/stop") ? stage.interrupts.second : stage.interrupts.first)
            .request();
        return ScriptedReply{.body = job_json("running", "none")};
    });
    try {
        (void)stage.follow(server.url());
        FAIL("it went on");
    } catch (const base::Failure& failure) {
        CHECK(failure.error().errc == base::Errc::interrupted);
        CHECK(
            failure.error().message.ends_with("xepacketcap show 905928 --server " + server.url()));
    }
}

TEST_CASE("a server that restarts is waited for") {
    Stage stage;
    std::atomic<bool> asked = false;
    auto server = std::make_unique<ScriptedServer>([&](const ScriptedRequest&) {
        asked = true;
        return ScriptedReply{.body = job_json("running", "none")};
    });
    const std::uint16_t port = server->port();
    const std::string url = server->url();
    Client client(url);
    Job job = client.submit(base::Json::object({}), stage.interrupts.second);
    server.reset();
    // comes back as soon as the follower has noticed
    std::jthread restart([&] {
        const base::Stop stop;
        while (!stage.said().contains("waiting up to"))
            (void)base::wait(base::Fd(), stop, base::in(std::chrono::milliseconds(1)));
        server =
            std::make_unique<ScriptedServer>(in_order({job_json("stopped", "delivered")}), port);
    });
    Follower follower(client, stage.interrupts, stage.display, fast);
    CHECK(follower.follow(std::move(job)).delivered());
    restart.join();
    CHECK(stage.said().contains("no server at " + url));
    CHECK_FALSE(stage.said().contains("start one"));
    CHECK(stage.said().contains("the server is back"));
}

TEST_CASE("patience with a server that stays away ends, and the message says what to do then") {
    Stage stage;
    auto server = std::make_unique<ScriptedServer>(in_order({job_json("running", "none")}));
    Client client(server->url());
    Job job = client.submit(base::Json::object({}), stage.interrupts.second);
    server.reset();
    Follower follower(
        client, stage.interrupts, stage.display,
        {.poll = std::chrono::milliseconds(1), .patience = std::chrono::milliseconds(20)});
    try {
        (void)follower.follow(std::move(job));
        FAIL("it went on");
    } catch (const base::Failure& failure) {
        CHECK(failure.error().errc == base::Errc::server_unreachable);
        CHECK(failure.error().message.contains("xepacketcap show 905928"));
    }
}

TEST_CASE("a job that another user deletes ends the following at once") {
    Stage stage;
    const ScriptedServer server([](const ScriptedRequest& request) {
        if (request.method == "POST") return ScriptedReply{.body = job_json("running", "none")};
        return ScriptedReply{.status = 404,
                             .body = R"({"error":{"code":"not_found","message":"no such job"}})"};
    });
    try {
        (void)stage.follow(server.url());
        FAIL("it went on");
    } catch (const base::Failure& failure) {
        CHECK(failure.error().errc == base::Errc::not_found);
    }
}

}  // namespace xpc::cli
