#include "job/job_limits.hpp"

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

namespace {

JobRequest usual() {
    JobRequest request;
    request.device = "local";
    request.interfaces = {"eth0"};
    request.bucket = "captures";
    request.duration = 60s;
    return request;
}

}  // namespace

TEST_CASE("without limits a request stays as it is") {
    JobRequest request = usual();
    request.filter = "port 53) or (tcp";  // which the compiler refuses
    CHECK(apply({}, request));
    CHECK(request.filter == "port 53) or (tcp");
    CHECK(request.bytes == 0);
}

TEST_CASE("what is beyond a limit is refused, and the limit is named") {
    struct Row {
        const char* name;
        JobLimits limits;
        const char* field;
        const char* named;
    };

    for (const Row& row :
         {Row{"interface", {.interfaces = {"eth1", "eth2"}}, "interfaces", "eth1, eth2"},
          Row{"device", {.devices = {"edge1"}}, "device", "edge1"},
          Row{"bucket", {.buckets = {"other"}}, "bucket", "other"},
          Row{"duration", {.duration = 59s}, "duration", "59 s"},
          Row{"bytes", {.bytes = 99}, "bytes", "99 bytes"}}) {
        CAPTURE(row.name);
        JobRequest request = usual();
        request.bytes = 100;
        const auto refused = apply(row.limits, request);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errc == base::Errc::forbidden);
        CHECK(refused.error().field == row.field);
        CHECK(refused.error().message.contains(row.named));
    }
}

TEST_CASE(
    "each interface of a request has to be allowed, and \"any\" is one that has to be named") {
    const JobLimits limits{.interfaces = {"eth0", "eth1"}};
    JobRequest request = usual();
    request.interfaces = {"eth0", "eth1"};
    CHECK(apply(limits, request));
    request.interfaces = {"eth0", "eth2"};
    CHECK_FALSE(apply(limits, request));
    request.interfaces = {"any"};
    CHECK_FALSE(apply(limits, request));
}

TEST_CASE("a bucket is allowed in whichever store, and by its whole name") {
    const JobLimits limits{.buckets = {"captures"}};
    JobRequest request = usual();
    for (const char* bucket : {"captures", "s3://captures", "file:captures"}) {
        CAPTURE(bucket);
        request.bucket = bucket;
        CHECK(apply(limits, request));
    }
    for (const char* bucket : {"captures2", "s3://", "file:s3://captures", ""}) {
        CAPTURE(bucket);
        request.bucket = bucket;
        CHECK_FALSE(apply(limits, request));
    }
}

TEST_CASE("a capture without a limit of bytes gets that of its asker") {
    JobRequest request = usual();
    CHECK(apply({.bytes = 1000}, request));
    CHECK(request.bytes == 1000);
    request.bytes = 999;
    CHECK(apply({.bytes = 1000}, request));
    CHECK(request.bytes == 999);
}

TEST_CASE("the limit's filter is added in front, and no request gets out of its parentheses") {
    const JobLimits limits{.filter = "net 10.0.0.0/8"};
    JobRequest request = usual();
    CHECK(apply(limits, request));
    CHECK(request.filter == "net 10.0.0.0/8");
    request.filter = "port 53 or (icmp)";
    CHECK(apply(limits, request));
    CHECK(request.filter == "(net 10.0.0.0/8) and (port 53 or (icmp))");
    for (const char* filter : {"port 53) or (tcp", "(port 53", "port 53)", ")("}) {
        CAPTURE(filter);
        request.filter = filter;
        const auto refused = apply(limits, request);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().field == "filter");
    }
}
