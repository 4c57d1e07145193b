#include "job/metrics.hpp"

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::job;

namespace {

JobRequest request_on(std::vector<std::string> interfaces) {
    JobRequest request;
    request.device = "local";
    request.interfaces = std::move(interfaces);
    return request;
}

bool has_line(const Metrics& metrics, std::string_view line) {
    base::MetricsText out;
    metrics.write(out);
    return out.text().find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a tally adds what its job's counters have grown, and jobs of one interface add up") {
    Metrics metrics;
    Tally one(metrics, request_on({"eth0", "eth1"}));
    Tally other(metrics, request_on({"eth0", "eth1"}));
    one.show({.received = 10, .captured = 7, .filtered = 1, .dropped_ring = 2, .bytes = 700});
    one.show({.received = 12, .captured = 9, .filtered = 1, .dropped_ring = 2, .bytes = 900});
    other.show({.received = 5, .captured = 4, .dropped_disk = 1, .bytes = 400});
    const std::string labels = R"({device="local",interface="eth0,eth1"})";
    CHECK(has_line(metrics, "xepacketcap_packets_received_total" + labels + " 17"));
    CHECK(has_line(metrics, "xepacketcap_packets_captured_total" + labels + " 13"));
    CHECK(has_line(metrics, "xepacketcap_captured_bytes_total" + labels + " 1300"));
    const std::string dropped =
        R"(xepacketcap_packets_dropped_total{device="local",interface="eth0,eth1",reason=)";
    CHECK(has_line(metrics, dropped + R"("ring"} 2)"));
    CHECK(has_line(metrics, dropped + R"("disk"} 1)"));
    CHECK(has_line(metrics, dropped + R"("queue"} 0)"));
}

TEST_CASE("a capture that is fetched from its device once more is counted once") {
    Metrics metrics;
    Tally tally(metrics, request_on({"Gi1"}));
    tally.show({.received = 100, .captured = 100});
    tally.show({.received = 1, .captured = 1});
    tally.show({.received = 120, .captured = 120});
    CHECK(has_line(metrics,
                   R"(xepacketcap_packets_received_total{device="local",interface="Gi1"} 120)"));
}

TEST_CASE("a delivery counts its bytes, and the time since the end of the capture") {
    Metrics metrics;
    Job job = stand_in(request_on({"eth0"}));
    job.destination.store = sink::StoreKind::s3;
    job.stopped_at = base::WallTime(std::chrono::seconds(100));
    job.delivered_at = base::WallTime(std::chrono::seconds(102));
    job.object = sink::Receipt{.bucket = "b", .key = "k", .bytes = 1234, .etag = "e", .sha256 = ""};
    metrics.count_delivered(job);
    metrics.count_not_delivered(job, base::Errc::store_unreachable, true);
    CHECK(has_line(metrics, R"(xepacketcap_deliveries_total{store="s3"} 1)"));
    CHECK(has_line(metrics, R"(xepacketcap_upload_bytes_total{store="s3"} 1234)"));
    CHECK(has_line(metrics, R"(xepacketcap_stop_to_object_seconds_bucket{le="1"} 0)"));
    CHECK(has_line(metrics, R"(xepacketcap_stop_to_object_seconds_bucket{le="2.5"} 1)"));
    CHECK(has_line(
        metrics, R"(xepacketcap_delivery_retries_total{store="s3",reason="store_unreachable"} 1)"));
}
