#include "api/wire_json.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

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
        CHECK(request->interfaces == std::vector<std::string>{"lo"});
        CHECK(request->format == pcap::FileFormat::pcap_nanoseconds);
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
                   .interfaces = {"eth0"},
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

TEST_CASE("a job shows what was asked for, and null for what was not") {
    job::Job job;
    job.request = {.device = "local",
                   .interfaces = {"eth0"},
                   .proto = "any",
                   .src = "any",
                   .dst = "any",
                   .bidirectional = true,
                   .duration = 60s,
                   .bucket = "b"};
    CHECK(to_json(job).find("request")->dump() ==
          R"({"device":"local","interface":"eth0","interfaces":["eth0"],"proto":"any","src":"any",)"
          R"("dst":"any","src_port":null,"dst_port":null,"bidirectional":true,"filter":null,)"
          R"("direction":"both","snaplen":null,"buffer":null,"circular":false,"pps":null,)"
          R"("duration":60,"packets":null,"bytes":null,"segment":null,"format":"pcapng",)"
          R"("bucket":"b","key":null,"compression":"none","s3":null,"by":null,"comment":null})");
    CHECK(to_json(job).find("objects")->dump() == "[]");
    job.request.interfaces.emplace_back("eth1");
    job.request.filter = "port 53";
    job.request.direction = "in";
    job.request.snaplen = 128;
    job.request.src_port = 1024;
    job.request.dst_port = 53;
    job.request.buffer_mib = 100;
    job.request.circular = true;
    job.request.packets_per_second = 5000;
    job.request.packets = 1000;
    job.request.bytes = 10'485'760;
    job.request.segment_duration = 60s;
    job.request.segments_kept = 10;
    job.request.format = pcap::FileFormat::pcap_microseconds;
    job.request.key = "{job}";
    job.request.object = {.compression = sink::Compression::zstd,
                          .storage_class = "STANDARD_IA",
                          .tags = {{"team", "netops"}}};
    job.request.by = "alice";
    job.request.comment = "why";
    CHECK(to_json(job).find("request")->dump() ==
          R"({"device":"local","interface":"eth0","interfaces":["eth0","eth1"],"proto":"any",)"
          R"("src":"any","dst":"any","src_port":1024,"dst_port":53,"bidirectional":true,)"
          R"("filter":"port 53","direction":"in","snaplen":128,"buffer":100,"circular":true,)"
          R"("pps":5000,"duration":60,"packets":1000,"bytes":10485760,)"
          R"("segment":{"bytes":null,"duration":60,"keep":10},"format":"pcap","bucket":"b",)"
          R"("key":"{job}","compression":"zstd","s3":{"storage_class":"STANDARD_IA",)"
          R"("encryption":null,"kms_key":null,"bucket_owner":null,"tags":{"team":"netops"},)"
          R"("metadata":null},"by":"alice","comment":"why"})");
}

TEST_CASE("each file of a segmented capture has its own place, size and proof") {
    job::Job job;
    job.destination = {.store = sink::StoreKind::embedded, .bucket = "b", .key = "7.pcapng"};
    job.url = "http://127.0.0.1:5000/objects/b/7.pcapng";
    job.objects = {{.number = 1,
                    .key = "7-0001.pcapng",
                    .frames = 12,
                    .bytes = 3456,
                    .delivery = job::Delivery::delivered,
                    .receipt = sink::Receipt{"b", "7-0001.pcapng", 3456, "e1", "ab12"}},
                   {.number = 2, .key = "7-0002.pcapng", .frames = 1, .bytes = 300}};
    CHECK(to_json(job).find("objects")->dump() ==
          R"([{"number":1,"key":"7-0001.pcapng","frames":12,"bytes":3456,"delivery":"delivered",)"
          R"("url":"http://127.0.0.1:5000/objects/b/7-0001.pcapng","etag":"e1","sha256":"ab12"},)"
          R"({"number":2,"key":"7-0002.pcapng","frames":1,"bytes":300,"delivery":"none",)"
          R"("url":"http://127.0.0.1:5000/objects/b/7-0002.pcapng","etag":null,"sha256":null}])");
}
