#include "cli/client.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/scripted_server.hpp"

namespace xpc::cli {
namespace {

using tests::ScriptedReply;
using tests::ScriptedRequest;
using tests::ScriptedServer;

const base::Stop no_stop;

template <typename Call>
base::Error error_of(const Call& call) {
    try {
        call();
    } catch (const base::Failure& failure) {
        return failure.error();
    }
    return {.errc = base::Errc::internal, .message = "nothing was thrown"};
}

/// The requests that a server saw, one "METHOD TARGET BODY" each.
struct Seen {
    std::vector<std::string> requests;

    ScriptedServer::Script answering(int status, std::string body) {
        return [this, status, body = std::move(body)](const ScriptedRequest& request) {
            requests.push_back(base::text(request.method, " ", request.target, " ", request.body));
            return ScriptedReply{.status = status, .body = body};
        };
    }
};

Job delivered_job(std::uint64_t bytes) {
    Job job;
    job.id = "019a";
    job.delivery = "delivered";
    job.object = {.bucket = "b", .key = "k", .bytes = bytes};
    return job;
}

}  // namespace

TEST_CASE("each call is the request that the API documents") {
    Seen seen;
    {
        const ScriptedServer server(seen.answering(200, tests::job_json("running", "none")));
        Client client(server.url());
        CHECK(client.submit(base::Json::object({{"interface", "eth0"}}), no_stop).number == 905928);
        CHECK(client.read("905928", no_stop).state == "running");
        CHECK(client.end_capture("905928", no_stop).state == "running");
    }
    CHECK(seen.requests == std::vector<std::string>{R"(POST /api/v1/jobs {"interface":"eth0"})",
                                                    "GET /api/v1/jobs/905928 ",
                                                    "POST /api/v1/jobs/905928/stop "});
}

TEST_CASE("a list asks for what it is told to and knows whether there is more") {
    Seen seen;
    {
        const ScriptedServer server(seen.answering(
            200,
            base::text(R"({"jobs":[)", tests::job_json("queued", "none"), R"(],"next":"x"})")));
        Client client(server.url());
        const JobPage page = client.list({.limit = 1, .state = "queued"}, no_stop);
        CHECK(page.jobs.size() == 1);
        CHECK(page.next);
        CHECK(client.list({.delivery = "none"}, no_stop).json.find("next") != nullptr);
    }
    CHECK(seen.requests == std::vector<std::string>{"GET /api/v1/jobs?limit=1&state=queued ",
                                                    "GET /api/v1/jobs?delivery=none "});

    Seen ended;
    const ScriptedServer server(ended.answering(200, R"({"jobs":[],"next":null})"));
    CHECK_FALSE(Client(server.url()).list({}, no_stop).next);
}

TEST_CASE("every filter of a list, a dry run and a change of the duration go over the wire") {
    Seen seen;
    {
        const ScriptedServer server(
            seen.answering(200, base::text(R"({"jobs":[],"next":null,)",
                                           tests::job_json("running", "none").substr(1))));
        Client client(server.url());
        CHECK(client
                  .list({.device = "edge1",
                         .interface = "Gi1",
                         .by = "a b",
                         .created_after = "2026-11-23T08:15:30Z",
                         .created_before = "2026-11-24T00:00:00Z",
                         .cursor = "x"},
                        no_stop)
                  .jobs.empty());
        CHECK(client.rehearse(base::Json::object({{"interface", "eth0"}}), no_stop).find("id"));
        CHECK(client.set_duration("905928", "10m", no_stop).number == 905928);
    }
    CHECK(seen.requests ==
          std::vector<std::string>{
              "GET /api/v1/jobs?device=edge1&interface=Gi1&by=a%20b&created_after=2026-11-"
              "23T08%3A15%3A30Z&created_before=2026-11-24T00%3A00%3A00Z&cursor=x ",
              R"(POST /api/v1/jobs?dry_run=true {"interface":"eth0"})",
              R"(PATCH /api/v1/jobs/905928 {"duration":"10m"})"});
}

TEST_CASE("a refusal keeps the server's code, message and field") {
    struct Row {
        int status;
        const char* body;
        base::Errc errc;
        const char* message;
        const char* field;
    };

    for (
        const Row& row :
        {Row{400,
             R"({"error":{"code":"no_such_interface","message":"eth9: no such device","field":"interface"}})",
             base::Errc::no_such_interface, "eth9: no such device", "interface"},
         Row{404, R"({"error":{"code":"not_found","message":"no such job","field":null}})",
             base::Errc::not_found, "no such job", ""},
         Row{400, R"({"error":{"code":"made_up","message":"m"}})", base::Errc::invalid_value, "m",
             ""},
         Row{500, R"({"error":{"code":"made_up","message":"m"}})", base::Errc::internal, "m", ""},
         // not to be taken for an outage between us and the server
         Row{502, R"({"error":{"code":"store_unreachable","message":"s3"}})",
             base::Errc::store_unreachable, "s3", ""}}) {
        CAPTURE(row.body);
        Seen seen;
        const ScriptedServer server(seen.answering(row.status, row.body));
        Client client(server.url());
        const base::Error error = error_of([&] { (void)client.read("1", no_stop); });
        CHECK(error.errc == row.errc);
        CHECK(error.message == row.message);
        CHECK(error.field == row.field);
    }
}

TEST_CASE("whoever answers but is no xepacketcap is named") {
    struct Row {
        int status;
        const char* body;
    };

    for (const Row& row : {Row{200, "<html>"}, Row{200, "{}"}, Row{404, "<html>"}, Row{302, ""},
                           Row{502, "Bad Gateway"}, Row{500, "[]"}, Row{200, ""}}) {
        CAPTURE(row.status);
        CAPTURE(row.body);
        Seen seen;
        const ScriptedServer server(seen.answering(row.status, row.body));
        Client client(server.url());
        for (const base::Error& error : {error_of([&] { (void)client.read("1", no_stop); }),
                                         error_of([&] { (void)client.list({}, no_stop); })}) {
            CHECK(error.errc == base::Errc::server_unreachable);
            CHECK(error.message.contains(server.url()));
        }
    }
}

TEST_CASE("where nobody listens, the message says so and how to start a server") {
    std::string url;
    {
        const ScriptedServer gone([](const ScriptedRequest&) { return ScriptedReply{}; });
        url = gone.url();
    }
    Client client(url);
    const base::Error error = error_of([&] { (void)client.read("1", no_stop); });
    CHECK(error.errc == base::Errc::server_unreachable);
    CHECK(error.message.starts_with(base::text("no server at ", url, " (")));
    CHECK(error.message.ends_with("start one with: xepacketcap serve"));
    CHECK(is_outage(error));
}

TEST_CASE("a request to stop ends a call") {
    const ScriptedServer server([](const ScriptedRequest&) { return ScriptedReply{}; });
    base::Stop stop;
    stop.request();
    Client client(server.url());
    const base::Error error = error_of([&] { (void)client.read("1", stop); });
    CHECK(error.errc == base::Errc::cancelled);
    CHECK_FALSE(is_outage(error));
}

TEST_CASE("a download follows the server to where the object is") {
    const ScriptedServer store(
        [](const ScriptedRequest&) { return ScriptedReply{.body = "pcap bytes"}; });
    const ScriptedServer server([&store](const ScriptedRequest& request) {
        CHECK(request.target == "/api/v1/jobs/019a/file");
        return ScriptedReply{
            .status = 307, .body = "elsewhere", .headers = {{"Location", store.url() + "/b/k"}}};
    });
    Client client(server.url());
    std::string got;
    const auto consume = [&got](std::span<const std::byte> piece) {
        got.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    };
    CHECK(client.download(delivered_job(10), consume, no_stop) == 10);
    CHECK(got == "pcap bytes");
}

TEST_CASE("a download that is not the whole object is an error") {
    const auto ignore = [](std::span<const std::byte>) {};

    struct Row {
        std::uint64_t promised;
        std::size_t missing;
        base::Errc errc;
    };

    for (const Row& row : {Row{11, 0, base::Errc::corrupt}, Row{9, 0, base::Errc::corrupt},
                           Row{10, 3, base::Errc::server_unreachable}}) {
        CAPTURE(row.promised);
        const ScriptedServer server([&row](const ScriptedRequest&) {
            return ScriptedReply{.body = "pcap bytes", .missing_bytes = row.missing};
        });
        Client client(server.url());
        const base::Error error =
            error_of([&] { client.download(delivered_job(row.promised), ignore, no_stop); });
        CHECK(error.errc == row.errc);
    }
}

TEST_CASE("a store's refusal of a download is not written as a capture") {
    const ScriptedServer server([](const ScriptedRequest&) {
        return ScriptedReply{.status = 403, .body = "<Error><Code>AccessDenied</Code></Error>"};
    });
    Client client(server.url());
    bool consumed = false;
    const base::Error error = error_of([&] {
        client.download(
            delivered_job(10), [&consumed](std::span<const std::byte>) { consumed = true; },
            no_stop);
    });
    CHECK_FALSE(consumed);
    CHECK(error.message.contains("403"));
}

TEST_CASE("what the consumer of a download throws ends the download") {
    const ScriptedServer server(
        [](const ScriptedRequest&) { return ScriptedReply{.body = "pcap bytes"}; });
    Client client(server.url());
    const base::Error error = error_of([&] {
        client.download(
            delivered_job(10),
            [](std::span<const std::byte>) {
                throw base::Failure(base::Errc::disk_full, "a.pcap: no space");
            },
            no_stop);
    });
    CHECK(error.errc == base::Errc::disk_full);
}

}  // namespace xpc::cli
