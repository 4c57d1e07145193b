#include "job/supervisor.hpp"

#include <algorithm>
#include <system_error>

#include "base/log.hpp"
#include "base/text.hpp"
#include "job/discard.hpp"
#include "job/ids.hpp"
#include "job/object_keys.hpp"
#include "job/recovery.hpp"
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

void Supervisor::recover() {
    if (options_.delivers) tidy_spool();
    for (Job& job : store_.unfinished())
        recover(std::move(job));
    if (options_.delivers) sweeper_ = std::jthread([this] { sweep(); });
    wakeup_.ring();
}

void Supervisor::recover(Job job) {
    const Position from = job.position;
    const std::string& device = job.request.device;
    if (from.state == State::stopped) {
        if (!options_.delivers) return;
        base::log::info("job.delivery_resumed", {{"job", job.id}});
        start(std::move(job));
    } else if (devices_.is_elsewhere(device)) {
        return;  // it may be captured at this moment
    } else if (devices_.outlive_us(device) || !engines_.find(device)) {  // its run says so
        base::log::info("job.resumed", {{"job", job.id}, {"device", device}});
        start(std::move(job));
    } else if (from.state == State::starting) {
        // a fast interface fills a part before the job is stored as running
        discard_begun(sinks_, job, options_.spool_dir);
        remove_spool_files(options_.spool_dir, job.id);
        job.position.state = State::queued;
        if (!store_.update(job, from)) return;
        base::log::warning("job.requeued", {{"job", job.id}});
    } else {
        job = is_segmented(job.request)
                  ? salvage_segments(std::move(job), options_.spool_dir, store_)
                  : salvage(std::move(job), spool_file(job));
        // the way to "stopped" leads through "stopping" only while a capture runs
        if (!store_.update(job, from)) return;
        base::log::warning("job.salvaged", {{"job", job.id}, {"captured", job.counters.captured}});
        if (!is_final(job.position)) start(std::move(job));
    }
}

/// What an earlier process had begun to deliver, and could not have its store forget.
void Supervisor::sweep() {
    try {
        discard_forgotten(sinks_, store_, options_.spool_dir, sweep_stop_);
    } catch (const base::Failure& failed) {  // the next start tries again
        base::log::warning("upload.left_open", {{"error", failed.error().message}});
    }
}

void Supervisor::tidy_spool() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(options_.spool_dir, error)) {
        const std::string id = job_of_spool_file(entry.path().filename().string());
        const auto job = is_uuid(id) ? store_.find(id) : std::nullopt;
        if (job && job->position.delivery == Delivery::delivered) {
            std::filesystem::remove(entry.path(), error);
        } else if (!job) {
            base::log::warning("spool.unknown_file", {{"path", entry.path().native()}});
        }
    }
}

std::optional<std::chrono::milliseconds> Supervisor::dispatch() {
    constexpr std::chrono::seconds until_looked_at{1};
    reclaim();
    if (shutting_down_) return std::nullopt;
    if (!devices_.empty() && store_.has_changed()) {
        devices_.look_again();
        follow_other_process();
    }
    // those that have a run already may still be queued in the store
    const std::size_t active = active_.with([](ActiveRuns& runs) { return runs.size(); });
    auto waiting = store_.queued(options_.most_running + active, not_startable(true));
    const bool is_disk_full = !waiting.empty() && spool_space_.refusal().has_value();
    for (Job& job : waiting) {
        if (capturing_ >= options_.most_running || is_disk_full) break;
        if (!live(job) && has_place(job.request.device) && has_room(job)) start(std::move(job));
    }
    if (capturing_ == 0) {
        parts_.touch(parts_.first_parts());
        engines_.prepare();
    }
    const bool shares_store = devices_.has_elsewhere() || !options_.delivers;
    if (!is_disk_full && !shares_store) return std::nullopt;
    return until_looked_at;
}

/// What a process on the same store has left to this one.
void Supervisor::follow_other_process() {
    if (!options_.delivers) {
        for (const std::string& id : store_.stop_requests()) {
            active_.with([&id](ActiveRuns& active) {
                const auto found = active.find(id);
                if (found != active.end()) found->second.run->stop_by_user();
            });
        }
    } else if (devices_.has_elsewhere()) {
        for (Job& job : store_.unfinished()) {
            const bool is_captured = job.position.state == State::stopped;
            if (is_captured && devices_.is_elsewhere(job.request.device) && !live(job)) {
                Tally(metrics_, job.request).show(job.counters);  // the other one has no metrics
                start(std::move(job));
            }
        }
    }
}

bool Supervisor::is_idle() {
    if (!devices_.are_settled()) return false;
    const auto active = active_.with([](ActiveRuns& runs) { return runs.size(); });
    return active == 0 && store_.queued(1, not_startable(false)).empty();
}

/// The devices whose jobs wait; `also_full`: also where only a place is missing.
std::vector<std::string> Supervisor::not_startable(bool also_full) {
    auto devices = devices_.not_startable();
    if (!also_full) return devices;
    for (const auto& [name, engine] : engines_.devices()) {
        if (!has_place(name)) devices.push_back(name);
    }
    return devices;
}

/// Whether one capture more may be on that device.
bool Supervisor::has_place(const std::string& device) {
    const auto engine = engines_.find(device);
    if (!engine || (*engine)->most_captures() == 0) return true;
    const auto there = active_.with([&device](ActiveRuns& runs) {
        return std::ranges::count_if(runs, [&device](const auto& one) {
            return one.second.counted && one.second.run->job().request.device == device;
        });
    });
    return static_cast<std::size_t>(there) < (*engine)->most_captures();
}

bool Supervisor::has_room(const Job& job) const {
    const auto engine = engines_.find(job.request.device);
    return !engine || std::ranges::all_of(job.request.interfaces, [&](const std::string& name) {
        return (*engine)->has_room(name);
    });
}

void Supervisor::start(Job job) {
    const bool captures = job.position.state != State::stopped;
    if (captures) devices_.note(job);
    if (captures) ++capturing_;
    try {
        // Under the lock, so that whoever sees the job as starting also finds its run.
        active_.with([&](ActiveRuns& active) {
            auto run = std::make_unique<Run>(context_, job, [this] { wakeup_.ring(); });
            active.insert_or_assign(job.id, Active{.run = std::move(run), .counted = captures});
        });
    } catch (const std::system_error& refused) {  // no memory for a thread: those that run go on
        if (captures) --capturing_;
        refuse_to_start(std::move(job), refused.code());
    }
}

void Supervisor::refuse_to_start(Job job, const std::error_code& cause) {
    const Position from = job.position;
    job.position = {.state = State::stopped, .delivery = Delivery::failed};
    job.stop_reason = job.stop_reason.value_or(StopReason::error);
    job.stopped_at = job.stopped_at.value_or(base::wall_now());
    job.errors.push_back({.errc = Errc::no_memory,
                          .message = text("a thread for the job: ", cause.message()),
                          .field = {}});
    base::log::error("job.failed", {{"job", job.id}, {"cause", job.errors.back().message}});
    [[maybe_unused]] const bool is_stored = store_.update(job, from);
}

void Supervisor::reclaim() {
    std::vector<std::unique_ptr<Run>> ended;  // joined when the lock is gone
    const std::size_t before = capturing_;
    active_.with([&](ActiveRuns& active) {
        for (auto it = active.begin(); it != active.end();) {
            Active& one = it->second;
            if (one.counted && !one.run->is_capturing()) {
                one.counted = false;
                --capturing_;
            }
            if (one.run->has_ended()) {
                ended.push_back(std::move(one.run));
                it = active.erase(it);
            } else {
                ++it;
            }
        }
    });
    if (before > 0 && capturing_ == 0) parts_.rest(parts_.first_parts());
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
