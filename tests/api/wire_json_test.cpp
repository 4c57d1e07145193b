#include "api/wire_json.hpp"

#include <array>
#include <optional>
#include <string>

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::api;
using base::Errc;
using base::Json;
using namespace std::chrono_literals;

namespace {

Json legacy_body() {
    return Json::object({{"iface", "lo"},
                         {"proto", "udp"},
                         {"src", "any"},
                         {"dst", "10.0.0.1"},
                         {"bucket", "captures"},
                         {"duration", 10}});
}

Json changed(const Json& body, std::string_view name, std::optional<Json> value) {
    Json::Object members;
    for (const auto& member : *body.object()) {
        if (member.name != name) members.push_back(member);
    }
    if (value) members.push_back({.name = std::string(name), .value = std::move(*value)});
    return members;
}

Request json_request(std::string body, const std::string& type = "application/json") {
    Request request;
    request.headers["content-type"] = type;
    request.body = std::move(body);
    return request;
}

}  // namespace

TEST_CASE("the original's request is read with a number or a string of digits for its duration") {
    for (const Json& duration : {Json(10), Json("10"), Json("0010"), Json(10.0)}) {
        CAPTURE(duration.dump());
        const auto request = parse_legacy_request(changed(legacy_body(), "duration", duration));
        REQUIRE(request);
        CHECK(request->interface == "lo");
        CHECK(request->proto == "udp");
        CHECK(request->dst == "10.0.0.1");
        CHECK(request->bucket == "captures");
        CHECK(request->device == "local");
        CHECK(request->duration == 10s);
        CHECK_FALSE(request->bidirectional);
    }
    const auto both = parse_legacy_request(changed(legacy_body(), "bidirectional", Json(true)));
    REQUIRE(both);
    CHECK(both->bidirectional);
    CHECK(parse_legacy_request(changed(legacy_body(), "something", Json("else"))));
}

TEST_CASE(
    "each member of the original's request that is missing, null or of another type is named") {
    for (const std::string name : {"iface", "proto", "src", "dst", "bucket", "duration"}) {
        CAPTURE(name);
        const auto missing = parse_legacy_request(changed(legacy_body(), name, std::nullopt));
        REQUIRE_FALSE(missing);
        CHECK(missing.error().errc == Errc::missing_field);
        CHECK(missing.error().field == name);
        for (const Json& value : {Json(), Json(true), Json(Json::Array{}), Json(Json::Object{})}) {
            CAPTURE(value.dump());
            const auto wrong = parse_legacy_request(changed(legacy_body(), name, value));
            REQUIRE_FALSE(wrong);
            CHECK(wrong.error().errc == Errc::wrong_type);
            CHECK(wrong.error().field == name);
        }
    }
}

TEST_CASE("a duration that is no whole number of seconds above 0 is refused") {
    for (const Json& duration :
         {Json(0), Json(-1), Json(1.5), Json("0"), Json("-1"), Json("1.5"), Json(""), Json(" 1"),
          Json("ten"), Json("1e3"), Json(1e300), Json(INT64_MAX), Json("99999999999999")}) {
        CAPTURE(duration.dump());
        const auto request = parse_legacy_request(changed(legacy_body(), "duration", duration));
        REQUIRE_FALSE(request);
        CHECK(request.error().errc == Errc::invalid_value);
        CHECK(request.error().field == "duration");
    }
}

TEST_CASE("a request of the new API needs only its interface") {
    const auto request = parse_job_request(Json::object({{"interface", "eth0"}}));
    REQUIRE(request);
    CHECK(request->proto == "any");
    CHECK(request->bidirectional);
    CHECK(request->duration == 60s);
    CHECK(request->bucket == "xepacketcap");
    CHECK(request->device == "local");
    const auto worded =
        parse_job_request(Json::object({{"interface", "eth0"}, {"duration", "10m"}}));
    REQUIRE(worded);
    CHECK(worded->duration == 10min);
}

TEST_CASE("the new API refuses what it does not know") {
    const auto unknown = parse_job_request(Json::object({{"interface", "eth0"}, {"iface", "x"}}));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().errc == Errc::unknown_field);
    CHECK(unknown.error().field == "iface");
    CHECK_FALSE(parse_job_request(Json::object({})));
    CHECK_FALSE(parse_job_request(Json::object({{"interface", "eth0"}, {"duration", "500 ms"}})));
    CHECK_FALSE(parse_job_request(Json::object({{"interface", "eth0"}, {"bidirectional", "yes"}})));
}

TEST_CASE("a body must be a JSON object, and be said to be JSON") {
    CHECK(parse_body(json_request("{}")));
    CHECK(parse_body(json_request("{}", "Application/JSON; charset=utf-8")));
    const auto errc = [](const Request& request) { return parse_body(request).error().errc; };
    CHECK(errc(json_request("{}", "text/plain")) == Errc::unsupported_media_type);
    CHECK(errc(json_request("{}", "")) == Errc::unsupported_media_type);
    CHECK(errc(json_request("")) == Errc::malformed_json);
    CHECK(errc(json_request("{\"a\":")) == Errc::malformed_json);
    for (const auto* body : {"[]", "1", "\"x\"", "null", "true"}) {
        CAPTURE(body);
        CHECK(errc(json_request(body)) == Errc::not_an_object);
    }
}

TEST_CASE("a job number is a number or a string of digits") {
    const auto id = [](const Json& value) {
        return parse_legacy_job_id(Json::object({{"job_id", value}}));
    };
    CHECK(*id(Json(905928)) == 905928);
    CHECK(*id(Json("905928")) == 905928);
    CHECK(id(Json("abc")).error().errc == Errc::invalid_value);
    CHECK(id(Json(1.5)).error().errc == Errc::wrong_type);
    CHECK(id(Json()).error().errc == Errc::wrong_type);
    CHECK(parse_legacy_job_id(Json::object({})).error().errc == Errc::missing_field);
}

TEST_CASE("the original's reply has exactly its eight members, of their types") {
    job::Job job;
    job.number = 905928;
    job.request = {.device = "local",
                   .interface = "eth0",
                   .proto = "udp",
                   .src = "any",
                   .dst = "10.0.0.1",
                   .bidirectional = false,
                   .duration = 10s,
                   .bucket = "b"};
    job.url = "https://s3.amazonaws.com/b/1.pcap";
    CHECK(to_legacy_json(job).dump() ==
          R"({"job_id":905928,"iface":"eth0","proto":"udp","src":"any","dst":"10.0.0.1",)"
          R"("duration":10,"url":"https://s3.amazonaws.com/b/1.pcap","status":"WAITING"})");
}

TEST_CASE("the original's status words follow the job") {
    using enum job::State;
    using job::Delivery;

    struct Row {
        job::Position position;
        std::string_view word;
    };

    for (const auto& [position, word] : std::to_array<Row>({
             {{queued, Delivery::none}, "WAITING"},
             {{starting, Delivery::none}, "STARTED"},
             {{running, Delivery::none}, "STARTED"},
             {{stopping, Delivery::none}, "STOPPED"},
             {{stopped, Delivery::none}, "STOPPED"},
             {{stopped, Delivery::uploading}, "UPLOADING"},
             {{stopped, Delivery::delivered}, "UPLOADED"},
             {{stopped, Delivery::failed}, "ERROR"},
         })) {
        CHECK(legacy_status(position) == word);
    }
}
