#include "job/request.hpp"

#include <array>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "job/device_double.hpp"
#include "job/ids.hpp"
#include "job/object_keys.hpp"
#include "sink/bucket_name.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

namespace {

const RequestLimits limits{.max_duration = 1h, .snaplen = 262'144};

JobRequest good() {
    return {.device = "local",
            .interfaces = {"lo"},
            .proto = "udp",
            .src = "any",
            .dst = "any",
            .bidirectional = false,
            .duration = 10s,
            .bucket = "captures"};
}

}  // namespace

TEST_CASE("a request that can be done is accepted") {
    const capture::Engines engines(std::size_t{16} << 20U);
    CHECK(check_request(good(), limits, engines));
    JobRequest any = good();
    any.interfaces = {"any"};
    any.duration = 1h;
    any.direction = "in";
    any.snaplen = 64;
    any.format = pcap::FileFormat::pcap_nanoseconds;
    CHECK(check_request(any, limits, engines));
    any.bytes = 24;  // the head of a classic file, which has nothing else around its packets
    CHECK(check_request(any, limits, engines));
    any.bytes = 23;
    CHECK_FALSE(check_request(any, limits, engines));
}

TEST_CASE("a request that can not be done is refused with the field at fault") {
    struct Row {
        const char* field;
        void (*spoil)(JobRequest&);
    };

    const capture::Engines engines(std::size_t{16} << 20U);
    const auto rows = std::to_array<Row>({
        {"duration", [](JobRequest& r) { r.duration = 0s; }},
        {"duration", [](JobRequest& r) { r.duration = -1s; }},
        {"duration", [](JobRequest& r) { r.duration = 3601s; }},
        {"interfaces", [](JobRequest& r) { r.interfaces = {"no-such-if0"}; }},
        {"interfaces", [](JobRequest& r) { r.interfaces = {""}; }},
        {"interfaces", [](JobRequest& r) { r.interfaces = {}; }},
        {"interfaces", [](JobRequest& r) { r.interfaces = {"lo", "no-such-if0"}; }},
        {"interfaces", [](JobRequest& r) { r.interfaces = {"lo", "lo"}; }},
        {"interfaces", [](JobRequest& r) { r.interfaces = {"lo", "any"}; }},
        {"format",
         [](JobRequest& r) {
             r.interfaces = {"lo", "eth0"};
             r.format = pcap::FileFormat::pcap_nanoseconds;
         }},
        {"direction", [](JobRequest& r) { r.direction = "sideways"; }},
        {"direction", [](JobRequest& r) { r.direction = ""; }},
        {"device", [](JobRequest& r) { r.device = "router9"; }},
        {"proto", [](JobRequest& r) { r.proto = "x"; }},
        {"src", [](JobRequest& r) { r.src = "10.0.0.0/33"; }},
        {"dst", [](JobRequest& r) { r.dst = "10.0.0.1/8"; }},
        {"dst", [](JobRequest& r) { r.src = "10.0.0.1", r.dst = "::1"; }},
        {"src_port", [](JobRequest& r) { r.proto = "any", r.src_port = 53; }},
        {"dst_port", [](JobRequest& r) { r.proto = "icmp", r.dst_port = 53; }},
        {"buffer", [](JobRequest& r) { r.buffer_mib = 10; }},
        {"circular", [](JobRequest& r) { r.circular = true; }},
        {"pps", [](JobRequest& r) { r.packets_per_second = 10; }},
        {"key", [](JobRequest& r) { r.key = "{jobs}"; }},
        {"s3.bucket_owner", [](JobRequest& r) { r.bucket_owner = "a b"; }},
        {"s3.storage_class", [](JobRequest& r) { r.object.storage_class = "a b"; }},
        {"s3.tags", [](JobRequest& r) { r.object.tags = {{"", "x"}}; }},
        {"bytes", [](JobRequest& r) { r.bytes = 1; }},
        {"bytes", [](JobRequest& r) { r.bytes = 2000, r.comment = std::string(1600, 'x'); }},
        {"segment.bytes",
         [](JobRequest& r) { r.segment_bytes = 2000, r.comment = std::string(1600, 'x'); }},
    });
    for (const Row& row : rows) {
        CAPTURE(row.field);
        JobRequest request = good();
        row.spoil(request);
        const auto checked = check_request(request, limits, engines);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().field == row.field);
        CHECK(base::traits(checked.error().errc).http_status == 400);
    }
}

TEST_CASE("a device with a buffer of its own takes other wishes than this host") {
    tests::Device router;
    capture::Engines engines(std::size_t{16} << 20U);
    engines.add({.name = "edge1", .engine = std::make_unique<tests::DeviceEngine>(router)});
    JobRequest request = good();
    request.device = "edge1";
    request.interfaces = {"Gi1"};
    request.buffer_mib = 10;
    request.circular = true;
    request.packets_per_second = 5000;
    CHECK(check_request(request, limits, engines));
    router.refusal = "Gi1: the device refuses";
    CHECK(check_request(request, limits, engines).error().message == router.refusal);
    router.refusal.clear();

    struct Row {
        const char* field;
        void (*spoil)(JobRequest&);
    };

    for (const Row& row : std::to_array<Row>({
             {"interfaces", [](JobRequest& r) { r.interfaces = {"Gi1", "Gi2"}; }},
             {"packets", [](JobRequest& r) { r.packets = 1; }},
             {"bytes", [](JobRequest& r) { r.bytes = 10'000; }},
             {"segment", [](JobRequest& r) { r.segment_duration = 1s; }},
             {"segment", [](JobRequest& r) { r.segment_bytes = 100'000; }},
         })) {
        CAPTURE(row.field);
        JobRequest other = request;
        row.spoil(other);
        const auto checked = check_request(other, limits, engines);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().field == row.field);
        CHECK(checked.error().message.contains("edge1"));
    }
}

TEST_CASE("what is to be kept is said by words, addresses, an expression and a direction") {
    JobRequest request = good();
    request.filter = "port 53";
    request.src = "10.0.0.0/8";
    request.src_port = 1024;
    for (const auto& [word, direction] :
         {std::pair("both", capture::Direction::both), std::pair("in", capture::Direction::in),
          std::pair("out", capture::Direction::out)}) {
        CAPTURE(word);
        request.direction = word;
        const auto filter = parse_filter(request);
        REQUIRE(filter);
        CHECK(filter->protocol == capture::Protocol::udp);
        CHECK(filter->expression == "port 53");
        CHECK(filter->source->prefix == 8);
        CHECK(filter->source_port == 1024);
        CHECK_FALSE(filter->destination_port);
        CHECK(filter->direction == direction);
    }
}

TEST_CASE("a bucket obeys the naming rules of S3") {
    for (const auto* name : {"abc", "a-b.c-1", "xepacketcap", "123"}) {
        CAPTURE(name);
        CHECK(sink::check_bucket_name(name));
    }
    for (const std::string& name :
         {std::string(), std::string("ab"), std::string(64, 'a'), std::string("Captures"),
          std::string("a_b"), std::string(".."), std::string("a..b"), std::string("a/b"),
          std::string("../etc"), std::string("-abc"), std::string("abc-"), std::string(".abc"),
          std::string("192.168.1.1"), std::string("xn--abc"), std::string("abc-s3alias"),
          std::string("a b"), std::string("abc\0", 4), std::string("caf\xc3\xa9")}) {
        CAPTURE(name);
        const auto checked = sink::check_bucket_name(name);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().field == "bucket");
    }
}

TEST_CASE("a bucket may say which store it is in") {
    using sink::StoreKind;
    const auto kind = [](std::string_view bucket, StoreKind usual) {
        JobRequest request = good();
        request.bucket = bucket;
        const auto destination = parse_destination(request, usual);
        REQUIRE(destination);
        CHECK(destination->bucket == "abc");
        return destination->store;
    };
    CHECK(kind("abc", StoreKind::embedded) == StoreKind::embedded);
    CHECK(kind("abc", StoreKind::s3) == StoreKind::s3);
    CHECK(kind("file:abc", StoreKind::s3) == StoreKind::embedded);
    CHECK(kind("s3://abc", StoreKind::s3) == StoreKind::s3);
    JobRequest request = good();
    request.bucket = "s3://abc";
    CHECK_FALSE(parse_destination(request, StoreKind::embedded));
    for (const auto* bucket : {"file:", "s3://", "file:../x", "file:file:abc", "http://abc"}) {
        CAPTURE(bucket);
        request.bucket = bucket;
        CHECK_FALSE(parse_destination(request, StoreKind::s3));
    }
}

TEST_CASE("what only S3 has is refused for the embedded store, and compression is not") {
    JobRequest request = good();
    request.bucket = "abc";
    request.object.compression = sink::Compression::zstd;
    CHECK(parse_destination(request, sink::StoreKind::embedded));
    request.bucket_owner = "123456789012";
    CHECK(parse_destination(request, sink::StoreKind::s3)->bucket_owner == "123456789012");
    CHECK(parse_destination(request, sink::StoreKind::embedded).error().field == "s3");
    request.bucket_owner.clear();
    request.object.tags = {{"team", "netops"}};
    CHECK(parse_destination(request, sink::StoreKind::s3));
    CHECK(parse_destination(request, sink::StoreKind::embedded).error().field == "s3");
}

TEST_CASE("ids sort by time and never repeat") {
    std::set<std::string> ids;
    std::string before;
    for (int i = 0; i < 100; ++i) {
        const auto id = make_uuid(base::WallTime(std::chrono::seconds(1'795'421'730 + i)));
        CHECK(is_uuid(id));
        CHECK(id[14] == '7');
        CHECK(before < id);
        before = id;
        ids.insert(make_uuid(base::WallTime(0s)));
    }
    CHECK(ids.size() == 100);
    CHECK_FALSE(is_uuid("019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e7"));
    CHECK_FALSE(is_uuid("019A5B0C-7C1E-7D3F-9A52-0C6F3D1F4E77"));
}
