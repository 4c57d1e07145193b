#include "job/supervisor.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "job/spool_files.hpp"
#include "job/transcript.hpp"
#include "sink/part_pool.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"

namespace xpc::job {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

namespace {

/// Of captures that have just ended, to S3, at a time: each has up to some ten descriptors, and
/// five threads. Others wait for their turn.
constexpr std::ptrdiff_t most_fresh_deliveries = 128;

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
      places_to_deliver_(most_fresh_deliveries),
      options_(std::move(options)),
      context_{.store = store,
               .engines = engines,
               .sinks = sinks,
               .parts = parts,
               .spool_writers = spool_writers,
               .encoders = encoders_,
               .metrics = metrics_,
               .speakers = speakers_,
               .places_to_deliver = places_to_deliver_,
               .spool_dir = options_.spool_dir,
               .transcript_dir = options_.transcript_dir,
               .delivers = options_.delivers,
               .snaplen = options_.limits.snaplen,
               .classic_format = options_.classic_format,
               .between_statistics = options_.between_statistics,
               .give_up_after = options_.give_up_after,
               .device_away = [this](const std::string& device) { devices_.doubt(device); }},
      giving_up_(store, engines, options_.devices, options_.spool_dir),
      devices_(engines, store, options_.devices, [this] { wakeup_.ring(); }) {}

Supervisor::~Supervisor() {
    shut_down(base::Deadline::clock::now());
}

Result<Job> Supervisor::prepared(const JobRequest& request, const std::string& own_url) const {
    if (auto checked = check_request(request, options_.limits, engines_); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    auto destination = parse_destination(request, sinks_.default_store());
    if (!destination) return std::unexpected(std::move(destination.error()));
    Job job;
    job.request = request;
    job.url = sinks_.url(*destination, own_url);
    job.destination = std::move(*destination);
    return job;
}

Result<void> Supervisor::check_open() {
    if (!takes_jobs()) return refuse(Errc::cancelled, "the server is stopping");
    if (auto full = spool_space_.refusal()) return std::unexpected(std::move(*full));
    return {};
}

Result<void> Supervisor::submit(const JobRequest& request, const std::string& own_url,
                                std::optional<IdempotencyKey> key, Store::Inserted submitted) {
    if (key) {  // first, so that a repeat is answered whatever may have changed since
        if (auto earlier = store_.repeated(*key)) {
            submitted(std::move(*earlier));
            return {};
        }
    }
    auto job = prepared(request, own_url);
    if (!job) return std::unexpected(std::move(job.error()));
    if (auto open = check_open(); !open) return std::unexpected(std::move(open.error()));
    store_.insert(std::move(*job), options_.most_queued, std::move(key),
                  [this, submitted = std::move(submitted)](auto outcome) mutable {
                      const auto* const stored = outcome.value();
                      const bool is_new = stored && *stored && !(*stored)->is_repeat;
                      if (is_new) note_submitted((*stored)->job);
                      submitted(std::move(outcome));
                  });
    return {};
}

void Supervisor::note_submitted(const Job& job) {
    metrics_.submitted.add();
    base::log::info("job.submitted", {{"job", job.id},
                                      {"interface", base::joined(job.request.interfaces, ",")},
                                      {"proto", job.request.proto},
                                      {"src", job.request.src},
                                      {"dst", job.request.dst},
                                      {"bucket", job.request.bucket}});
    // it waits otherwise: who gives a place back rings
    if (capturing_ < options_.most_running) wakeup_.ring();
}

Result<Job> Supervisor::find(std::string_view id_or_number) {
    auto stored = store_.find(id_or_number);
    if (!stored) return std::unexpected(no_such_job(id_or_number));
    if (is_final(stored->position)) return std::move(*stored);
    if (auto running = live(*stored)) stored = std::move(running);
    explain(*stored);
    return std::move(*stored);
}

std::vector<Job> Supervisor::list(const ListQuery& query) {
    auto jobs = store_.list(query);
    for (Job& job : jobs) {
        if (is_final(job.position)) continue;
        if (auto running = live(job)) job = std::move(*running);
        explain(job);
    }
    return jobs;
}

std::vector<RunningCounters> Supervisor::running(std::string_view id) {
    return active_.with([id](ActiveRuns& active) {
        std::vector<RunningCounters> running;
        const auto first = id.empty() ? active.begin() : active.find(id);
        const auto last = id.empty() || first == active.end() ? active.end() : std::next(first);
        for (auto it = first; it != last; ++it) {
            const Job job = it->second.run->job();
            if (job.position.state != State::running) continue;
            running.push_back({.id = job.id, .number = job.number, .counters = job.counters});
        }
        return running;
    });
}

std::optional<GrowingCapture> Supervisor::growing(std::string_view id) {
    return active_.with([id](ActiveRuns& active) -> std::optional<GrowingCapture> {
        const auto found = active.find(id);
        if (found == active.end() || found->second.run->has_ended()) return std::nullopt;
        return found->second.run->growing();
    });
}

std::filesystem::path Supervisor::spool_file(const Job& job) const {
    return spool_path(options_.spool_dir, job.id);
}

std::filesystem::path Supervisor::spool_file(const Job& job, std::uint32_t number) const {
    return segment_spool_path(options_.spool_dir, job.id, number);
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
