// What jobs wait for, and those that have waited long enough.

#include <algorithm>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "job/passing_errors.hpp"
#include "job/supervisor.hpp"
#include "sink/spool_space.hpp"

namespace xpc::job {

using base::Errc;
using base::Error;
using base::text;

/// Says what the job waits for, if it does: one that is not final, and has no other process that
/// works on it.
void Supervisor::explain(Job& job) {
    if (job.position.state != State::queued) {
        // of a device that went away, or a store: its run has put it there
        if (!job.errors.empty() && may_pass(job.errors.back())) {
            job.waiting = job.errors.back().message;
        }
        return;
    }
    if (auto obstacle = devices_.obstacle(job.request.device)) {
        job.waiting = obstacle->message;
        job.errors.push_back(std::move(*obstacle));
    } else {
        job.waiting = why_not_started(job);  // which is nothing that went wrong
    }
}

/// Of a queued job, for people; "" where it is about to start.
std::string Supervisor::why_not_started(const Job& job) {
    const std::string& device = job.request.device;
    if (devices_.is_elsewhere(device)) {
        return text("device ", device, ": the next `xepacketcap work --once` takes it up");
    }
    if (!devices_.may_start(device)) return text("device ", device, ": is being looked for");
    const bool has_place_already =
        active_.with([&job](ActiveRuns& runs) { return runs.contains(job.id); });
    if (has_place_already) {
        return devices_.outlive_us(device) ? text("device ", device, ": others begin on it first")
                                           : std::string();
    }
    if (!has_place(device)) {
        const auto there = count_captures(device);
        return text(there, there == 1 ? " capture runs" : " captures run", " on device ", device,
                    ", and it allows no more at a time (device.captures)");
    }
    if (const auto running = count_captures({}); running >= options_.most_running) {
        return text(running, running == 1 ? " capture runs" : " captures run",
                    ", and no more may at a time (jobs.max_running)");
    }
    if (const auto full = spool_space_.refusal()) return full->message;
    if (!has_room(job)) return "captures that run use all of the memory (capture.memory)";
    return {};
}

/// Of one device, or where that is empty of all.
std::size_t Supervisor::count_captures(std::string_view device) {
    return active_.with([device](ActiveRuns& runs) {
        return static_cast<std::size_t>(std::ranges::count_if(runs, [device](const auto& one) {
            return one.second.counted && (device.empty() || one.second.device == device);
        }));
    });
}

void Supervisor::fail_what_waits_in_vain() {
    const auto latest = base::wall_now() - options_.longest_wait;
    for (const auto& [device, obstacle] : devices_.lasting_obstacles(options_.longest_wait)) {
        // there may be a session, or a worker, at any time: that is for whoever starts it to see
        if (obstacle.errc == Errc::not_ready) continue;
        for (Job& job : store_.queued_on(device, latest)) {
            if (live(job)) continue;  // it is being put back
            Error cause = obstacle;
            cause.message += text("; waited ", base::human_duration(options_.longest_wait),
                                  " for it (jobs.max_wait)");
            fail_before_start(std::move(job), std::move(cause));
        }
    }
}

/// Nothing where its user, or another process, was faster.
void Supervisor::fail_before_start(Job job, Error cause) {
    const Position from = job.position;
    job.position = {.state = State::stopped, .delivery = Delivery::failed};
    job.stop_reason = job.stop_reason.value_or(StopReason::error);
    job.stopped_at = job.stopped_at.value_or(base::wall_now());
    base::log::event(base::traits(cause.errc).severity, "job.failed",
                     {{"job", job.id}, {"cause", cause.message}});
    job.errors.push_back(std::move(cause));
    [[maybe_unused]] const bool is_stored = store_.update(job, from);
}

}  // namespace xpc::job
