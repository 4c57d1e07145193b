#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "api/wire_json.hpp"

using namespace xpc;
using namespace xpc::api;
using base::Errc;
using base::Json;
using namespace std::chrono_literals;

namespace {

/// A request of the new API with `members`, JSON text, beside a good interface.
[[nodiscard]] base::Result<job::JobRequest> asked(const std::string& members) {
    const std::string rest = members.empty() ? "" : "," + members;
    const auto body = base::parse_json(R"({"interface":"eth0")" + rest + "}");
    REQUIRE_MESSAGE(body, members);
    return parse_job_request(*body);
}

[[nodiscard]] base::Result<job::JobRequest> asked_with_interfaces(const std::string& json) {
    const auto body = base::parse_json(R"({"interfaces":)" + json + "}");
    REQUIRE_MESSAGE(body, json);
    return parse_job_request(*body);
}

}  // namespace

TEST_CASE("a request of the new API needs only its interface") {
    const auto request = asked("");
    REQUIRE(request);
    CHECK(request->device == "local");
    CHECK(request->interfaces == std::vector<std::string>{"eth0"});
    CHECK(request->proto == "any");
    CHECK(request->bidirectional);
    CHECK(request->filter.empty());
    CHECK(request->direction == "both");
    CHECK(request->snaplen == 0);
    CHECK(request->duration == 60s);
    CHECK(request->packets == 0);
    CHECK(request->bytes == 0);
    CHECK_FALSE(is_segmented(*request));
    CHECK(request->segments_kept == 0);
    CHECK(request->format == pcap::FileFormat::pcapng);
    CHECK(request->bucket == "xepacketcap");
    CHECK(request->key.empty());
    CHECK(request->object == sink::ObjectOptions{});
    CHECK(request->by.empty());
    CHECK(request->comment.empty());
}

TEST_CASE("a request of the new API is understood in every member") {
    const auto request = asked_with_interfaces(
        R"(["eth0","eth1"],"device":"d","proto":"udp","src":"10.0.0.1","dst":"10.0.0.2",)"
        R"("src_port":1024,"dst_port":65535,"buffer":100,"circular":true,"pps":1000000,)"
        R"("bidirectional":false,"filter":"port 53","direction":"out","snaplen":64,)"
        R"("duration":"10m","packets":1000,"bytes":"10 MiB","format":"pcapng","bucket":"s3://b",)"
        R"("segment":{"bytes":"64 KiB","duration":"1 min","keep":1000},"by":"alice@host",)"
        R"("comment":"slow DNS \u00e9","key":"{date}/{job}","compression":"zstd",)"
        R"("s3":{"storage_class":"STANDARD_IA","encryption":"aws:kms","kms_key":"alias/k",)"
        R"("bucket_owner":"123456789012","tags":{"b":"2","a":""},"metadata":{"case":"17"}})");
    REQUIRE(request);
    CHECK(request->key == "{date}/{job}");
    CHECK(request->bucket_owner == "123456789012");
    CHECK(request->object == sink::ObjectOptions{.compression = sink::Compression::zstd,
                                                 .storage_class = "STANDARD_IA",
                                                 .encryption = "aws:kms",
                                                 .kms_key = "alias/k",
                                                 .tags = {{"b", "2"}, {"a", ""}},
                                                 .metadata = {{"case", "17"}}});
    CHECK(request->interfaces == std::vector<std::string>{"eth0", "eth1"});
    CHECK(request->device == "d");
    CHECK(request->proto == "udp");
    CHECK(request->src == "10.0.0.1");
    CHECK(request->dst == "10.0.0.2");
    CHECK(request->src_port == 1024);
    CHECK(request->dst_port == 65535);
    CHECK(request->buffer_mib == 100);
    CHECK(request->circular);
    CHECK(request->packets_per_second == 1'000'000);
    CHECK_FALSE(request->bidirectional);
    CHECK(request->filter == "port 53");
    CHECK(request->direction == "out");
    CHECK(request->snaplen == 64);
    CHECK(request->duration == 10min);
    CHECK(request->packets == 1000);
    CHECK(request->bytes == 10'485'760);
    CHECK(request->segment_bytes == 65'536);
    CHECK(request->segment_duration == 60s);
    CHECK(request->segments_kept == 1000);
    CHECK(request->format == pcap::FileFormat::pcapng);
    CHECK(request->bucket == "s3://b");
    CHECK(request->by == "alice@host");
    CHECK(request->comment == "slow DNS \xc3\xa9");
}

TEST_CASE("limits are numbers, and sizes and durations may also be text") {
    for (const auto* members :
         {R"("snaplen":64)", R"("snaplen":262144)", R"("snaplen":64.0)", R"("packets":1)",
          R"("packets":9007199254740992)", R"("bytes":1)", R"("bytes":1e6)",
          R"("bytes":"9007199254740992")", R"("bytes":"1 TiB")", R"("segment":{"bytes":65536})",
          R"("segment":{"duration":1})", R"("segment":{"duration":"1h","keep":1})",
          R"("format":"pcap")", R"("filter":"")", R"("by":"")", R"("comment":"")",
          R"("direction":"in")", R"("duration":10.0)"}) {
        CAPTURE(members);
        CHECK(asked(members));
    }
    CHECK(asked(R"("by":")" + std::string(256, 'x') + '"'));
    CHECK(asked(R"("comment":")" + std::string(1024, 'x') + '"'));
    CHECK(asked(R"("format":"pcap")")->format == pcap::FileFormat::pcap_nanoseconds);
}

TEST_CASE("what the new API can not take is refused with the member's name") {
    struct Row {
        std::string members;
        const char* field;
        Errc errc;
    };

    std::vector<Row> rows{
        {R"("iface":"x")", "iface", Errc::unknown_field},
        {R"("interfaces":["eth1"])", "interfaces", Errc::invalid_value},
        {R"("duration":"500 ms")", "duration", Errc::invalid_value},
        {R"("duration":0)", "duration", Errc::invalid_value},
        {R"("bidirectional":"yes")", "bidirectional", Errc::wrong_type},
        {R"("direction":1)", "direction", Errc::wrong_type},
        {R"("filter":["udp"])", "filter", Errc::wrong_type},
        {R"("filter":"udp\u0000")", "filter", Errc::invalid_value},
        {R"("filter":"udp\n")", "filter", Errc::invalid_value},
        {R"("filter":")" + std::string(4097, 'x') + '"', "filter", Errc::invalid_value},
        {R"("format":"erf")", "format", Errc::invalid_value},
        {R"("format":null)", "format", Errc::wrong_type},
        {R"("by":7)", "by", Errc::wrong_type},
        {R"("by":"a\u001bb")", "by", Errc::invalid_value},
        {R"("by":")" + std::string(257, 'x') + '"', "by", Errc::invalid_value},
        {R"("comment":"a\u009bb")", "comment", Errc::invalid_value},
        {R"("comment":")" + std::string(1025, 'x') + '"', "comment", Errc::invalid_value},
        {R"("key":7)", "key", Errc::wrong_type},
        {R"("compression":"gzip")", "compression", Errc::invalid_value},
        {R"("compression":true)", "compression", Errc::wrong_type},
        {R"("s3":"STANDARD")", "s3", Errc::wrong_type},
        {R"("s3":{"class":"STANDARD"})", "s3.class", Errc::unknown_field},
        {R"("s3":{"tags":["a"]})", "s3.tags", Errc::wrong_type},
        {R"("s3":{"tags":{"a":1}})", "s3.tags", Errc::wrong_type},
        {R"("s3":{"metadata":{"a":null}})", "s3.metadata", Errc::wrong_type},
        {R"("segment":60)", "segment", Errc::wrong_type},
        {R"("segment":null)", "segment", Errc::wrong_type},
        {R"("segment":[])", "segment", Errc::wrong_type},
        {R"("segment":{})", "segment", Errc::missing_field},
        {R"("segment":{"keep":3})", "segment", Errc::missing_field},
        {R"("segment":{"duration":60,"kept":3})", "segment.kept", Errc::unknown_field},
        {R"("segment":{"bytes":65535})", "segment.bytes", Errc::invalid_value},
        {R"("segment":{"bytes":"63 KiB"})", "segment.bytes", Errc::invalid_value},
        {R"("segment":{"bytes":null})", "segment.bytes", Errc::wrong_type},
        {R"("segment":{"duration":0})", "segment.duration", Errc::invalid_value},
        {R"("segment":{"duration":"999 ms"})", "segment.duration", Errc::invalid_value},
        {R"("segment":{"duration":1.5})", "segment.duration", Errc::invalid_value},
        {R"("segment":{"duration":true})", "segment.duration", Errc::wrong_type},
        {R"("segment":{"duration":60,"keep":0})", "segment.keep", Errc::invalid_value},
        {R"("segment":{"duration":60,"keep":1001})", "segment.keep", Errc::invalid_value},
        {R"("segment":{"duration":60,"keep":"3"})", "segment.keep", Errc::wrong_type},
        {R"("snaplen":63)", "snaplen", Errc::invalid_value},
        {R"("snaplen":262145)", "snaplen", Errc::invalid_value},
        {R"("snaplen":"128")", "snaplen", Errc::wrong_type},
        {R"("src_port":0)", "src_port", Errc::invalid_value},
        {R"("dst_port":65536)", "dst_port", Errc::invalid_value},
        {R"("dst_port":"http")", "dst_port", Errc::wrong_type},
        {R"("buffer":101)", "buffer", Errc::invalid_value},
        {R"("buffer":"10 MiB")", "buffer", Errc::wrong_type},
        {R"("circular":1)", "circular", Errc::wrong_type},
        {R"("pps":1000001)", "pps", Errc::invalid_value},
        {R"("packets":"many")", "packets", Errc::wrong_type},
        {R"("bytes":"10 parsecs")", "bytes", Errc::invalid_value},
        {R"("bytes":"")", "bytes", Errc::invalid_value},
        {R"("bytes":"0")", "bytes", Errc::invalid_value},
        {R"("bytes":"-1")", "bytes", Errc::invalid_value},
        {R"("bytes":"99999999999 TiB")", "bytes", Errc::invalid_value},
    };
    for (const std::string limit : {"snaplen", "packets", "bytes"}) {
        for (const auto* value : {"0", "-1", "1.5", "-0.5", "9223372036854775808",
                                  "18446744073709551616", "1e300", "-1e300", "9007199254740993"}) {
            rows.push_back({'"' + limit + "\":" + value, limit.c_str(), Errc::invalid_value});
        }
        for (const auto* value : {"null", "true", "[]", "{}"}) {
            rows.push_back({'"' + limit + "\":" + value, limit.c_str(), Errc::wrong_type});
        }
        for (const Row& row : rows) {
            CAPTURE(row.members.substr(0, 80));
            const auto request = asked(row.members);
            REQUIRE_FALSE(request);
            CAPTURE(request.error().message);
            CHECK(request.error().errc == row.errc);
            CHECK(request.error().field == row.field);
            CHECK(request.error().message.contains(row.field));
            CHECK(request.error().message.size() < 300);
        }
        rows.clear();
    }
}

TEST_CASE("interfaces are one to sixteen names, and one of them goes by either member") {
    CHECK(asked_with_interfaces(R"(["eth0"])"));
    const auto many = [](int count) {
        std::string list;
        for (int i = 0; i < count; ++i)
            list += (i == 0 ? "\"eth" : ",\"eth") + std::to_string(i) + '"';
        return asked_with_interfaces("[" + list + "]");
    };
    CHECK(many(16)->interfaces.size() == 16);
    CHECK(many(17).error().field == "interfaces");
    CHECK(many(0).error().errc == Errc::invalid_value);
    for (const auto* wrong : {"null", "\"eth0\"", "{}", "[1]", "[\"eth0\",null]"}) {
        CAPTURE(wrong);
        const auto refused = asked_with_interfaces(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errc == Errc::wrong_type);
        CHECK(refused.error().field == "interfaces");
    }
    const auto none = parse_job_request(Json::object({}));
    REQUIRE_FALSE(none);
    CHECK(none.error().errc == Errc::missing_field);
    CHECK(none.error().field == "interface");
}

TEST_CASE("the original API leaves the members of the new one alone") {
    const auto body = base::parse_json(
        R"({"iface":"lo","proto":"udp","src":"any","dst":"any","bucket":"abc","duration":1,)"
        R"("packets":-1,"filter":7,"format":"x","segment":[],"interfaces":[]})");
    REQUIRE(body);
    const auto request = parse_legacy_request(*body);
    REQUIRE(request);
    CHECK(request->interfaces == std::vector<std::string>{"lo"});
    CHECK(request->packets == 0);
    CHECK(request->filter.empty());
    CHECK(request->format == pcap::FileFormat::pcap_nanoseconds);
    CHECK_FALSE(is_segmented(*request));
}
