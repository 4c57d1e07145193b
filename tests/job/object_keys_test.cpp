#include "job/object_keys.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::job;

namespace {

const base::WallTime moment{std::chrono::milliseconds(1'795'421'730'123)};  // 2026-11-23T08:15:30Z

Job with_key(std::string key, pcap::FileFormat format = pcap::FileFormat::pcapng,
             sink::Compression compression = sink::Compression::none) {
    Job job;
    job.id = "019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77";
    job.number = 905'928;
    job.request = {.device = "local", .interfaces = {"eth0"}, .proto = "udp", .format = format};
    job.request.key = std::move(key);
    job.request.object.compression = compression;
    return job;
}

}  // namespace

TEST_CASE("a file's name says when it was begun and what it is") {
    using enum pcap::FileFormat;
    using enum sink::Compression;
    CHECK(object_key(with_key(""), moment) == "1795421730123.pcapng");
    CHECK(object_key(with_key("", pcap_nanoseconds), moment) == "1795421730123.pcap");
    CHECK(object_key(with_key("", pcap_microseconds), moment) == "1795421730123.pcap");
    CHECK(object_key(with_key("", pcapng, zstd), moment) == "1795421730123.pcapng.zst");
    CHECK(object_key(with_key("", pcap_nanoseconds, zstd), moment) == "1795421730123.pcap.zst");
}

TEST_CASE("each segment has a name of its own") {
    CHECK(segment_key("1795421730123.pcapng", 1) == "1795421730123-0001.pcapng");
    CHECK(segment_key("7.pcap", 9999) == "7-9999.pcap");
    CHECK(segment_key("7.pcap", 10'000) == "7-10000.pcap");
    CHECK(segment_key("a.b/c.d.pcapng.zst", 2) == "a.b/c.d-0002.pcapng.zst");
    Job job;
    job.destination.key = "7.pcap";
    job.url = "http://127.0.0.1:5000/objects/b/7.pcap";
    CHECK(object_url(job, "7-0001.pcap") == "http://127.0.0.1:5000/objects/b/7-0001.pcap");
}

TEST_CASE("a template makes the key, and the extension is completed") {
    struct Row {
        const char* key_template;
        const char* key;
    };

    constexpr auto rows = std::to_array<Row>({
        {"{date}/{device}/{interface}/{job}.pcapng",
         "2026-11-23/local/eth0/019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77.pcapng"},
        {"{year}/{month}/{day}/{hour}/{time}-{number}", "2026/11/23/08/081530-905928.pcapng"},
        {"dt={date}/{proto}-{timestamp}", "dt=2026-11-23/udp-1795421730123.pcapng"},
        {"{by}", "none.pcapng"},
        {"plain", "plain.pcapng"},
        {"v1.2", "v1.2.pcapng"},
    });
    for (const Row& row : rows) {
        CAPTURE(row.key_template);
        const Job job = with_key(row.key_template);
        CHECK(check_key_template(job.request));
        CHECK(object_key(job, moment) == row.key);
    }
    const Job packed = with_key("a.pcapng", pcap::FileFormat::pcapng, sink::Compression::zstd);
    CHECK(check_key_template(packed.request));
    CHECK(object_key(packed, moment) == "a.pcapng.zst");
}

TEST_CASE("what was asked for can not leave its part of a key") {
    Job job = with_key("{interface}/{by}");
    job.request.interfaces = {"Gi1/0/1", "eth0.100@eth0"};
    job.request.by = "../../etc/\xc3\xa9 x";
    CHECK(check_key_template(job.request));
    CHECK(object_key(job, moment) == "Gi1-0-1_eth0.100-eth0/-.-..-etc----x.pcapng");
}

TEST_CASE("a template that makes no key is refused") {
    for (const std::string& key :
         {std::string("{jobs}"),      std::string("{job"),        std::string("job}"),
          std::string("{}"),          std::string("{{job}}"),     std::string("/a"),
          std::string("a//b"),        std::string("a/"),          std::string("../a"),
          std::string("a/.b"),        std::string("."),           std::string("a b"),
          std::string("a\\b"),        std::string("a\n"),         std::string("a\0b", 3),
          std::string("caf\xc3\xa9"), std::string(256, 'x'),      std::string("a.pcap"),
          std::string("a.zst"),       std::string("a.pcapng.zst")}) {
        CAPTURE(key);
        const auto checked = check_key_template(with_key(key).request);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().errc == base::Errc::invalid_value);
        CHECK(checked.error().field == "key");
    }
    std::string deep;
    for (int i = 0; i < 400; ++i)
        deep += "ab/";
    CHECK_FALSE(check_key_template(with_key(deep + "c").request));
    CHECK_FALSE(
        check_key_template(with_key("a.pcapng", pcap::FileFormat::pcap_nanoseconds).request));
}
