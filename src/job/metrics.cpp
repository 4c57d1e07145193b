#include "job/metrics.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::job {
namespace {

using base::MetricLabels;
using std::chrono::milliseconds;

// From an embedded store, where it is milliseconds, to a store that is away for a day.
constexpr auto delivery_bounds = std::to_array<milliseconds>(
    {milliseconds(50), milliseconds(200), milliseconds(500), milliseconds(1000), milliseconds(2500),
     milliseconds(5000), milliseconds(15000), milliseconds(60000), milliseconds(300000),
     milliseconds(3600000), milliseconds(86400000)});

MetricLabels source_labels(const JobRequest& request) {
    return {{"device", request.device}, {"interface", base::joined(request.interfaces, ",")}};
}

MetricLabels with_reason(MetricLabels labels, std::string reason) {
    labels.emplace_back("reason", std::move(reason));
    return labels;
}

MetricLabels store_labels(const Job& job) {
    return {{"store", job.destination.store == sink::StoreKind::s3 ? "s3" : "embedded"}};
}

}  // namespace

Metrics::Metrics() : stop_to_object(delivery_bounds) {}

void Metrics::count_delivered(const Job& job) {
    std::uint64_t sum = job.object ? job.object->bytes : 0;
    for (const Segment& segment : job.objects)
        sum += segment.receipt ? segment.receipt->bytes : 0;
    deliveries.with(store_labels(job)).add();
    delivery_bytes.with(store_labels(job)).add(sum);
    if (!job.stopped_at || !job.delivered_at) return;
    stop_to_object.add(std::max(base::WallTime::duration(0), *job.delivered_at - *job.stopped_at));
}

void Metrics::count_not_delivered(const Job& job, base::Errc errc, bool is_tried_again) {
    auto& family = is_tried_again ? delivery_retries : delivery_failures;
    family.with(with_reason(store_labels(job), std::string(base::traits(errc).code))).add();
}

void Metrics::write(base::MetricsText& out) const {
    out.counter("xepacketcap_jobs_submitted_total", "Jobs that were taken.", submitted.value());
    out.counter("xepacketcap_packets_received_total",
                "Packets that came in on the interface while a job captured, for each job.",
                received);
    out.counter("xepacketcap_packets_captured_total",
                "Packets that were taken into a capture; reason=\"disk\" are lost afterwards.",
                captured);
    out.counter("xepacketcap_packets_filtered_total",
                "Packets that came in for other jobs only, for each job.", filtered);
    out.counter("xepacketcap_packets_dropped_total",
                "Packets that a capture lost: no room in the ring, in its memory, on the disk.",
                dropped);
    out.counter("xepacketcap_captured_bytes_total", "Bytes of capture files.", bytes);
    out.counter("xepacketcap_deliveries_total", "Jobs whose objects are all in their store.",
                deliveries);
    out.counter("xepacketcap_upload_bytes_total", "Bytes of objects with a receipt.",
                delivery_bytes);
    out.counter("xepacketcap_delivery_failures_total",
                "Jobs whose delivery was given up, by the error that their record ends with.",
                delivery_failures);
    out.counter("xepacketcap_delivery_retries_total",
                "Deliveries that did not work, and are tried again, by their error.",
                delivery_retries);
    constexpr std::string_view seconds = "xepacketcap_stop_to_object_seconds";
    out.begin(seconds, "histogram", "From the end of a capture to its receipt.");
    out.value(seconds, {}, stop_to_object);
}

Tally::Tally(Metrics& metrics, const JobRequest& request) {
    const auto labels = source_labels(request);
    const auto dropped = [&](const char* reason) {
        return &metrics.dropped.with(with_reason(labels, reason));
    };
    columns_ = {{{&Counters::received, &metrics.received.with(labels)},
                 {&Counters::captured, &metrics.captured.with(labels)},
                 {&Counters::filtered, &metrics.filtered.with(labels)},
                 {&Counters::dropped_ring, dropped("ring")},
                 {&Counters::dropped_queue, dropped("queue")},
                 {&Counters::dropped_disk, dropped("disk")},
                 {&Counters::bytes, &metrics.bytes.with(labels)}}};
}

void Tally::show(const Counters& counters) noexcept {
    for (const auto& [member, counter] : columns_) {
        const std::uint64_t now = counters.*member;
        std::uint64_t& before = shown_.*member;
        if (now <= before) continue;
        counter->add(now - before);
        before = now;
    }
}

}  // namespace xpc::job
