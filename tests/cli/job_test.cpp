#include "cli/job.hpp"

#include <string>

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "cli/scripted_server.hpp"

namespace xpc::cli {
namespace {

base::Json json_from(const std::string& raw) {
    return base::value_or_throw(base::parse_json(raw));
}

}  // namespace

TEST_CASE("a job is read as the server tells it") {
    const auto job = job_from_json(json_from(tests::job_json("running", "none")));
    REQUIRE(job);
    CHECK(job->id == "019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77");
    CHECK(job->number == 905928);
    CHECK(job->state == "running");
    CHECK(job->request.interfaces == std::vector<std::string>{"eth0"});
    CHECK(job->request.dst == "10.0.0.2");
    CHECK(job->request.bidirectional);
    CHECK(job->request.duration == std::chrono::seconds(10));
    CHECK(job->counters.captured == 1234);
    CHECK(job->counters.lost() == 12);
    CHECK(job->counters.bytes == 123456);
    CHECK(job->stop_reason.empty());
    CHECK_FALSE(job->object);
    CHECK(job->captured_for() == std::chrono::seconds(10));
    CHECK_FALSE(job->ended());
}

TEST_CASE("a job has ended once its delivery is decided") {
    struct Row {
        const char* state;
        const char* delivery;
        bool ended;
    };

    for (const Row& row : {Row{"queued", "none", false}, Row{"running", "none", false},
                           Row{"stopped", "none", false}, Row{"stopped", "uploading", false},
                           Row{"stopped", "delivered", true}, Row{"stopped", "failed", true}}) {
        CAPTURE(row.state);
        CAPTURE(row.delivery);
        const auto job = job_from_json(json_from(tests::job_json(row.state, row.delivery)));
        REQUIRE(job);
        CHECK(job->ended() == row.ended);
    }
}

TEST_CASE("a job whose members are missing or odd is read as far as it goes") {
    const auto job = job_from_json(json_from(R"({"id":"a","state":"hovering","number":-1,
        "request":{"duration":2.5,"bidirectional":"no"},"counters":[],"object":7,
        "errors":[{"code":"io","message":"m"},3],"started_at":"yesterday","new":true})"));
    REQUIRE(job);
    CHECK(job->number == 0);
    CHECK(job->request.duration == std::chrono::milliseconds(2500));
    CHECK(job->request.proto == "any");
    CHECK(job->request.bidirectional);
    CHECK(job->counters.captured == 0);
    CHECK_FALSE(job->object);
    REQUIRE(job->errors.size() == 2);
    CHECK(job->errors[0].message == "m");
    CHECK_FALSE(job->captured_for());

    for (const char* none : {"null", "[]", "{}", R"({"id":"a"})", R"({"state":"queued"})", "7"}) {
        CAPTURE(none);
        const auto refused = job_from_json(json_from(none));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errc == base::Errc::corrupt);
    }
}

TEST_CASE("the time of a capture is only told where both its ends are times") {
    struct Row {
        const char* from;
        const char* to;
        long milliseconds;  ///< negative: not known
    };

    const std::string json = tests::job_json("stopped", "none");
    auto job = job_from_json(json_from(json));
    REQUIRE(job);
    for (const Row& row : {Row{"2026-11-23T08:15:30.100000Z", "2026-11-23T08:15:31.350000Z", 1250},
                           Row{"2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", 1000},
                           Row{"2026-11-23T08:15:30Z", "", -1}, Row{"", "2026-11-23T08:15:30Z", -1},
                           Row{"2026-11-23T08:15:30Z", "2026-11-23T08:15:29Z", -1},
                           Row{"2026-13-23T08:15:30Z", "2027-11-23T08:15:29Z", -1},
                           Row{"2026-11-23T08:15:3xZ", "2027-11-23T08:15:29Z", -1}}) {
        CAPTURE(row.from);
        CAPTURE(row.to);
        job->started_at = row.from;
        job->stopped_at = row.to;
        const auto time = job->captured_for();
        CHECK((time ? time->count() : -1) == row.milliseconds);
    }
}

}  // namespace xpc::cli
