#include "job/object_description.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "sink/s3/object_headers.hpp"

using namespace xpc;
using namespace xpc::job;

namespace {

std::string value_of(const sink::Labels& labels, std::string_view name) {
    const auto found = std::ranges::find(labels, name, &sink::Labels::value_type::first);
    return found == labels.end() ? "(none)" : found->second;
}

std::size_t bytes_sent(const sink::Labels& labels) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : labels)
        bytes += name.size() + sink::s3::metadata_value(value).size();
    return bytes;
}

Job a_job() {
    Job job;
    job.id = "019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77";
    job.number = 905'928;
    job.request = {.device = "local",
                   .interfaces = {"eth0", "eth1"},
                   .proto = "udp",
                   .src = "any",
                   .dst = "10.0.0.2",
                   .bidirectional = true,
                   .filter = "port 53",
                   .by = "alice",
                   .comment = "slow DNS"};
    job.request.object.metadata = {{"case", "17"}};
    return job;
}

}  // namespace

TEST_CASE("an object says who asked for it, and why, and what of") {
    const auto object = described_object(a_job());
    CHECK(value_of(object.metadata, "case") == "17");
    CHECK(value_of(object.metadata, "job") == "019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77");
    CHECK(value_of(object.metadata, "number") == "905928");
    CHECK(value_of(object.metadata, "interface") == "eth0,eth1");
    CHECK(value_of(object.metadata, "filter") == "udp from any to 10.0.0.2 and back, port 53");
    CHECK(value_of(object.metadata, "by") == "alice");
    CHECK(value_of(object.metadata, "comment") == "slow DNS");
    Job nobody = a_job();
    for (const char* const blank : {"", " ", "   "}) {
        nobody.request.by = nobody.request.comment = blank;
        CHECK(value_of(described_object(nobody).metadata, "by") == "(none)");
        CHECK(value_of(described_object(nobody).metadata, "comment") == "(none)");
    }
}

TEST_CASE("the counters add up to what was lost") {
    const Counters counters{.received = 10,
                            .captured = 3,
                            .filtered = 1,
                            .dropped_ring = 1,
                            .dropped_queue = 2,
                            .dropped_disk = 3,
                            .bytes = 100};
    CHECK(described(counters) ==
          sink::Labels{{"received", "10"}, {"captured", "3"}, {"dropped", "6"}});
    CHECK(described(Segment{.number = 2, .frames = 7}) == sink::Labels{{"captured", "7"}});
}

TEST_CASE("metadata stays within what S3 takes, and is cut between characters") {
    constexpr std::size_t most_of_aws = 2048;  // "Working with object metadata"
    const auto letters = [](int count) {
        std::string out;
        for (int i = 0; i < count; ++i)
            out += "\xc3\xa9";
        return out;
    };
    Job job = a_job();
    job.number = std::numeric_limits<decltype(job.number)>::max();
    job.request.comment = "x" + letters(511);
    job.request.filter = letters(2048);
    job.request.by = letters(128);
    job.request.interfaces = {letters(200)};
    job.request.device = std::string(256, 'd');
    job.request.object.metadata = {{"case", std::string(508, 'c')}};
    const auto object = described_object(job);
    const std::string comment = value_of(object.metadata, "comment");
    CHECK(comment.starts_with("x\xc3\xa9"));
    CHECK(comment.ends_with("\xc3\xa9..."));
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const auto late = described(Counters{.received = most, .captured = most, .dropped_ring = most});
    CHECK(bytes_sent(object.metadata) + bytes_sent(late) <= most_of_aws);
    CHECK(check_object_options(job.request.object));
}
