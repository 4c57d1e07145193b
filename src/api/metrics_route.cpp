#include "api/metrics_route.hpp"

#include <algorithm>
#include <array>

#include "base/process_usage.hpp"

namespace xpc::api {
namespace {

using job::Delivery;
using job::Position;
using job::State;

/// All that jobs are found at, so that a value of 0 is told too.
constexpr auto positions = std::to_array<Position>({{State::queued, Delivery::none},
                                                    {State::starting, Delivery::none},
                                                    {State::running, Delivery::none},
                                                    {State::stopping, Delivery::none},
                                                    {State::stopped, Delivery::none},
                                                    {State::stopped, Delivery::uploading},
                                                    {State::stopped, Delivery::delivered},
                                                    {State::stopped, Delivery::failed}});

void write_jobs(base::MetricsText& out, job::Supervisor& supervisor) {
    constexpr std::string_view name = "xepacketcap_jobs";
    const auto counts = supervisor.count_jobs();
    out.begin(name, "gauge", "Jobs in the store, by where they are.");
    for (const Position& position : positions) {
        const auto found = std::ranges::find(counts, position, &job::PositionCount::position);
        out.value(name,
                  {{"state", std::string(job::word(position.state))},
                   {"delivery", std::string(job::word(position.delivery))}},
                  found == counts.end() ? 0 : found->jobs);
    }
}

void write_uploads(base::MetricsText& out, const sink::UploadCounts& uploads) {
    out.counter("xepacketcap_multipart_resumed_total",
                "Uploads that went on behind the parts that the store had.",
                uploads.resumed.value());
    out.counter("xepacketcap_multipart_aborted_total", "Unfinished uploads that were given up.",
                uploads.aborted.value());
    out.counter("xepacketcap_multipart_aborts_failed_total",
                "Unfinished uploads that the store would not give up; the next start tries again.",
                uploads.aborts_failed.value());
    out.counter("xepacketcap_multipart_part_failures_total",
                "Parts that could not be sent while the capture ran, and were sent again.",
                uploads.parts_failed.value());
}

void write_spool(base::MetricsText& out, const sink::SpoolSpace& spool) {
    out.gauge("xepacketcap_spool_bytes", "What captures have on the disk until they are delivered.",
              spool.used_bytes());
    out.gauge("xepacketcap_spool_limit_bytes", "What they may have; 0 is as much as there is.",
              spool.most_bytes());
    out.gauge("xepacketcap_spool_free_bytes", "What the disk of the spool has left.",
              spool.free_bytes());
}

/// Under the names that all programs have.
void write_process(base::MetricsText& out) {
    const auto usage = base::process_usage();
    const std::string cpu = base::metric_seconds(usage.cpu);
    const std::string start = base::metric_seconds(usage.start);
    out.begin("process_cpu_seconds_total", "counter", "Time on the processors.");
    out.value("process_cpu_seconds_total", {}, std::string_view(cpu));
    out.begin("process_start_time_seconds", "gauge", "When it started, since the Unix epoch.");
    out.value("process_start_time_seconds", {}, std::string_view(start));
    out.gauge("process_resident_memory_bytes", "Resident memory.", usage.resident_bytes);
    out.gauge("process_virtual_memory_bytes", "Virtual memory.", usage.virtual_bytes);
    out.gauge("process_open_fds", "Open file descriptors.", usage.open_fds);
    out.gauge("process_max_fds", "How many there may be.", usage.max_fds);
    out.gauge("process_threads", "Threads.", usage.threads);
}

}  // namespace

Route metrics_route(job::Supervisor& supervisor, const sink::Sinks& sinks,
                    const sink::SpoolSpace& spool_space, const HttpMetrics& http) {
    return {"GET", "/metrics", [&](const Request&) {
                base::MetricsText out;
                out.begin("xepacketcap_build_info", "gauge", "Always 1.");
                out.value("xepacketcap_build_info", {{"version", XPC_VERSION}}, 1);
                write_jobs(out, supervisor);
                supervisor.metrics().write(out);
                if (const auto* uploads = sinks.upload_counts()) write_uploads(out, *uploads);
                write_spool(out, spool_space);
                http.write(out);
                write_process(out);
                Response response;
                response.headers.emplace_back("Content-Type",
                                              "text/plain; version=0.0.4; charset=utf-8");
                response.body = out.text();
                return response;
            }};
}

}  // namespace xpc::api
