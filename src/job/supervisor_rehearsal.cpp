// A dry run: all that a job comes to and needs, looked at without one.

#include <algorithm>
#include <iterator>

#include "base/place_for.hpp"
#include "base/text.hpp"
#include "job/capture_trial.hpp"
#include "job/object_keys.hpp"
#include "job/supervisor.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"

namespace xpc::job {
namespace {

using base::find_out;
using base::Finding;
using base::Result;
using base::text;

Finding finding(std::string what, const Result<void>& outcome, std::string detail) {
    Finding found{.what = std::move(what), .detail = {}, .error = {}};
    if (outcome) {
        found.detail = std::move(detail);
    } else {
        found.error = outcome.error();
    }
    return found;
}

}  // namespace

Result<Rehearsal> Supervisor::rehearse(const JobRequest& request, const std::string& own_url) {
    auto prepared_job = prepared(request, own_url);
    if (!prepared_job) return std::unexpected(std::move(prepared_job.error()));
    Rehearsal rehearsal{.job = stand_in(request), .sources = {}, .findings = {}};
    Job& job = rehearsal.job;
    job.created_at = base::wall_now();
    job.request.snaplen = request.snaplen == 0 ? options_.limits.snaplen : request.snaplen;
    job.destination = prepared_job->destination;
    job.destination.key = object_key(job, job.created_at);
    job.url = prepared_job->url + job.destination.key;

    auto* const engine = base::value_or_throw(engines_.find(request.device));
    for (auto options : base::value_or_throw(capture_options(request, options_.limits.snaplen))) {
        options.name = engine->capture_name(job.number);
        auto instructions = engines_.instructions(request.device, options);
        if (!instructions) return std::unexpected(std::move(instructions.error()));
        rehearsal.sources.push_back({.description = base::value_or_throw(engine->check(options)),
                                     .instructions = std::move(*instructions)});
    }
    rehearsal.findings = look_at_needs(job);
    return rehearsal;
}

std::vector<Finding> Supervisor::look_at_needs(const Job& job) {
    std::vector<Finding> findings;
    const std::string& device = job.request.device;
    if (devices_.outlive_us(device)) {
        findings.push_back(
            finding("device " + device, devices_.readiness(device), "a capture can begin"));
    } else {
        for (const std::string& interface : job.request.interfaces) {
            findings.push_back(
                find_out("interface " + interface, [&] { return try_capture(interface); }));
        }
    }
    findings.push_back(finding("server", check_open(),
                               text(base::human_bytes(spool_space_.free_bytes()), " free")));
    findings.push_back(look_at_queue());
    look_at_destination(job.destination, findings);
    return findings;
}

/// Whether an object can be delivered there.
void Supervisor::look_at_destination(const sink::Destination& destination,
                                     std::vector<Finding>& findings) const {
    if (destination.store == sink::StoreKind::embedded) {
        const auto there = sinks_.object_path(destination);
        findings.push_back(find_out("bucket " + destination.bucket, [&] {
            [[maybe_unused]] const auto place = base::place_for(there);
            return std::string("embedded store");
        }));
        return;
    }
    findings.push_back(find_out("credentials", [this] { return sinks_.credentials(); }));
    if (findings.back().error) return;
    std::ranges::move(sinks_.try_bucket(destination.bucket), std::back_inserter(findings));
}

Finding Supervisor::look_at_queue() {
    std::uint64_t waiting = 0;
    for (const auto& [position, jobs] : store_.count_by_position()) {
        if (position == Position{}) waiting += jobs;
    }
    Result<void> outcome;
    if (waiting >= options_.most_queued) {
        outcome = base::refuse(base::Errc::too_many, "as many jobs wait as may");
    }
    return finding("queue", outcome, text(waiting, waiting == 1 ? " job waits" : " jobs wait"));
}

}  // namespace xpc::job
