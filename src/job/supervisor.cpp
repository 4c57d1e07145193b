#include "job/supervisor.hpp"

#include <system_error>

#include "base/log.hpp"
#include "base/text.hpp"
#include "job/discard.hpp"
#include "job/ids.hpp"
#include "job/object_keys.hpp"
#include "job/spool_files.hpp"
#include "job/transcript.hpp"
#include "sink/part_pool.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

base::Error not_found(std::string_view id) {
    return {.errc = Errc::not_found,
            .message = text("job ", base::quoted(id), ": no such job"),
            .field = {}};
}

}  // namespace

Supervisor::Supervisor(Store& store, const capture::Engines& engines, const sink::Sinks& sinks,
                       sink::PartPool& parts, sink::SpoolSpace& spool_space,
                       sink::SpoolWriters& spool_writers, SupervisorOptions options)
    : store_(store),
      engines_(engines),
      sinks_(sinks),
      parts_(parts),
      spool_space_(spool_space),
      encoders_(parts),
      options_(std::move(options)),
      context_{.store = store,
               .engines = engines,
               .sinks = sinks,
               .parts = parts,
               .spool_writers = spool_writers,
               .encoders = encoders_,
               .metrics = metrics_,
               .spool_dir = options_.spool_dir,
               .transcript_dir = options_.transcript_dir,
               .delivers = options_.delivers,
               .snaplen = options_.limits.snaplen,
               .classic_format = options_.classic_format,
               .between_statistics = options_.between_statistics,
               .give_up_after = options_.give_up_after,
               .device_away = [this](const std::string& device) { devices_.doubt(device); }},
      devices_(engines, store, options_.devices, [this] { wakeup_.ring(); }) {}

Supervisor::~Supervisor() {
    shut_down(base::Deadline::clock::now());
}

Result<Job> Supervisor::submit(const JobRequest& request, const std::string& own_url) {
    if (auto checked = check_request(request, options_.limits, engines_); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    auto destination = parse_destination(request, sinks_.default_store());
    if (!destination) return std::unexpected(std::move(destination.error()));
    if (!takes_jobs()) return refuse(Errc::cancelled, "the server is stopping");
    if (auto full = spool_space_.refusal()) return std::unexpected(std::move(*full));
    Job job;
    job.request = request;
    job.url = sinks_.url(*destination, own_url);
    job.destination = std::move(*destination);
    auto stored = store_.insert(std::move(job), options_.most_queued);
    if (!stored) return stored;
    metrics_.submitted.add();
    base::log::info("job.submitted", {{"job", stored->id},
                                      {"interface", base::joined(request.interfaces, ",")},
                                      {"proto", request.proto},
                                      {"src", request.src},
                                      {"dst", request.dst},
                                      {"bucket", request.bucket}});
    wakeup_.ring();
    return stored;
}

Result<Job> Supervisor::find(std::string_view id_or_number) {
    auto stored = store_.find(id_or_number);
    if (!stored) return std::unexpected(not_found(id_or_number));
    if (is_final(stored->position)) return std::move(*stored);
    if (auto running = live(*stored)) return std::move(*running);
    return std::move(*stored);
}

std::vector<Job> Supervisor::list(const ListQuery& query) {
    auto jobs = store_.list(query);
    for (Job& job : jobs) {
        if (is_final(job.position)) continue;
        if (auto running = live(job)) job = std::move(*running);
    }
    return jobs;
}

Result<Job> Supervisor::stop(std::string_view id_or_number) {
    auto job = store_.find(id_or_number);
    if (!job) return std::unexpected(not_found(id_or_number));
    if (job->position.state == State::queued) {
        const Position from = job->position;
        Job stopped = *job;
        stopped.position = {.state = State::stopped, .delivery = Delivery::failed};
        stopped.stop_reason = StopReason::user;
        stopped.stopped_at = base::wall_now();
        stopped.errors.push_back({.errc = Errc::interrupted,
                                  .message = "stopped before it began: nothing was captured",
                                  .field = {}});
        if (store_.update(stopped, from)) {
            wakeup_.ring();
            return stopped;
        }
    }
    // for the process that captures now, and for one that may have to take it up
    if (devices_.outlive_us(job->request.device)) store_.request_stop(job->id);
    active_.with([&job](ActiveRuns& active) {
        const auto found = active.find(job->id);
        if (found != active.end()) found->second.run->stop_by_user();
    });
    return find(job->id);
}

Result<void> Supervisor::remove(std::string_view id_or_number) {
    auto job = store_.find(id_or_number);
    if (job && job->position.state == State::stopped && !is_final(job->position)) {
        give_up(*job);
        job = store_.find(job->id);
    }
    if (!job) return std::unexpected(not_found(id_or_number));
    if (!is_final(job->position)) {
        return refuse(Errc::conflict, text("job ", job->number, ": has not ended: stop it first"));
    }
    if (!store_.remove(job->id)) return std::unexpected(not_found(id_or_number));
    discard_begun(sinks_, *job, options_.spool_dir);
    remove_spool_files(options_.spool_dir, job->id);
    std::error_code error;  // there may be none
    std::filesystem::remove(transcript_file(*job), error);
    if (job->destination.store == sink::StoreKind::embedded) {
        if (job->object) sinks_.remove_object(job->destination);
        for (const Segment& segment : job->objects) {
            if (segment.receipt) sinks_.remove_object(segment_destination(*job, segment));
        }
    }
    if (!devices_.empty()) wakeup_.ring();
    base::log::info("job.removed", {{"job", job->id}});
    return {};
}

/// Returns when the job has failed, or been delivered meanwhile; after some seconds at the latest.
void Supervisor::give_up(const Job& job) {
    constexpr std::chrono::seconds longest{5};
    constexpr std::chrono::milliseconds between_looks{10};
    const auto end = base::in(longest);
    const base::Stop nobody;
    for (;;) {
        // again and again: one that another process has captured may only now be taken up
        active_.with([&job](ActiveRuns& active) {
            const auto found = active.find(job.id);
            if (found != active.end()) found->second.run->give_up();
        });
        const auto now = store_.find(job.id);
        if (!now || is_final(now->position) || base::Deadline::clock::now() >= end) return;
        [[maybe_unused]] const auto woken = base::wait({}, nobody, base::in(between_looks));
    }
}

std::filesystem::path Supervisor::spool_file(const Job& job) const {
    return spool_path(options_.spool_dir, job.id);
}

std::filesystem::path Supervisor::transcript_file(const Job& job) const {
    return transcript_path(options_.transcript_dir, job.id);
}

std::vector<base::Error> Supervisor::obstacles() const {
    auto obstacles = devices_.obstacles();
    if (!takes_jobs()) {
        obstacles.push_back(
            {.errc = Errc::cancelled, .message = "the server is stopping", .field = {}});
    }
    return obstacles;
}

void Supervisor::shut_down(base::Deadline delivery_deadline) {
    shutting_down_ = true;
    sweep_stop_.request();
    const auto for_each_run = [this](auto&& act) {
        return active_.with([&act](ActiveRuns& active) {
            for (auto& [id, one] : active)
                act(*one.run);
            return active.size();
        });
    };
    const base::Stop nobody;
    std::size_t left = for_each_run([](Run& run) { run.stop_by_shutdown(); });
    while (left > 0) {
        if (base::wait(wakeup_.fd(), nobody, delivery_deadline) == base::Woken::deadline) break;
        wakeup_.clear();
        reclaim();
        left = for_each_run([](Run&) {});
    }
    engines_.interrupt();
    for_each_run([](Run& run) { run.abandon_delivery(); });
    auto last = active_.with([](ActiveRuns& active) { return std::exchange(active, {}); });
    last.clear();  // joins
    if (sweeper_.joinable()) sweeper_.join();
}

/// The job as its run knows it; the objects of a segmented one as they were stored.
std::optional<Job> Supervisor::live(const Job& stored) {
    auto running = active_.with([&stored](ActiveRuns& active) {
        const auto found = active.find(stored.id);
        return found == active.end() ? std::nullopt : std::optional(found->second.run->job());
    });
    if (running && running->objects.empty()) running->objects = stored.objects;
    return running;
}

}  // namespace xpc::job
