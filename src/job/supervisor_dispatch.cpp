// The half of the supervisor that nobody asks for: what an earlier process left is brought on its
// way, what waits is started, and what has ended is forgotten.

#include <algorithm>
#include <ranges>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "base/sync_folder.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "job/discard.hpp"
#include "job/ids.hpp"
#include "job/recovery.hpp"
#include "job/spool_files.hpp"
#include "job/supervisor.hpp"
#include "sink/part_pool.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_file.hpp"
#include "sink/spool_space.hpp"

namespace xpc::job {

using base::Errc;
using base::text;

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
        deliver_later(job);
    } else if (devices_.is_elsewhere(device)) {
        return;  // it may be captured at this moment
    } else if (devices_.outlive_us(device) || !engines_.find(device)) {  // its run says so
        base::log::info("job.resumed", {{"job", job.id}, {"device", device}});
        start(std::move(job));
    } else if (from.state == State::starting) {
        // a fast interface fills a part before the job is stored as running
        discard_begun(sinks_, job, options_.spool_dir);
        remove_spool_files(options_.spool_dir, job.id);
        // before it is queued: a power cut would put the file back in the way of the next attempt
        base::sync_folder(options_.spool_dir);
        job.position.state = State::queued;
        if (!store_.update(job, from)) return;
        base::log::warning("job.requeued", {{"job", job.id}});
    } else {
        const auto path = spool_file(job);
        job = is_segmented(job.request)
                  ? salvage_segments(std::move(job), options_.spool_dir, store_)
                  : salvage(std::move(job), path);
        // the way to "stopped" leads through "stopping" only while a capture runs
        if (!store_.update(job, from)) return;
        base::log::warning("job.salvaged", {{"job", job.id}, {"captured", job.counters.captured}});
        if (!is_final(job.position)) deliver_later(job);
    }
}

/// What was begun to be delivered, and is of no use to its job any more: as often as it takes until
/// its store has forgotten it, and less often where it does not.
void Supervisor::sweep() {
    base::name_thread("upload sweeper");
    constexpr std::chrono::seconds shortest_pause{30};
    constexpr std::chrono::seconds longest_pause{3600};
    auto pause = shortest_pause;
    do {
        try {
            const auto tried = discard_forgotten(sinks_, store_, options_.spool_dir, sweep_stop_);
            pause = tried == 0 ? shortest_pause : std::min(2 * pause, longest_pause);
        } catch (const base::Failure& failed) {
            base::log::warning("upload.left_open", {{"error", failed.error().message}});
        }
    } while (base::wait(base::Fd(), sweep_stop_, base::in(pause)) == base::Woken::deadline);
}

/// What need not be there any more: a power cut brings back what had been removed just before.
void Supervisor::tidy_spool() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(options_.spool_dir, error)) {
        if (entry.path().extension() == sink::upload_note_extension) continue;  // see sweep()
        const std::string id = job_of_spool_file(entry.path().filename().string());
        const auto job = is_uuid(id) ? store_.find(id) : std::nullopt;
        if (!job) {
            base::log::warning("spool.unknown_file", {{"path", entry.path().native()}});
            continue;
        }
        const bool is_empty = entry.file_size(error) == 0;
        const auto delivery = job->position.delivery;
        if (delivery == Delivery::delivered || (delivery == Delivery::failed && is_empty)) {
            std::filesystem::remove(entry.path(), error);
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
    finish_removals();
    const auto until_next_delivery = start_deliveries();
    fail_what_waits_in_vain();
    if (options_.delivers) giving_up_.end_all_stopped();
    // when one of those that run ends, this is called again
    std::vector<Job> waiting;
    if (capturing_ < options_.most_running) {
        // those that have a run already may still be queued in the store
        const std::size_t active = active_.with([](ActiveRuns& runs) { return runs.size(); });
        waiting = store_.queued(options_.most_running + active, not_startable(true));
    }
    const bool is_disk_full = !waiting.empty() && spool_space_.refusal().has_value();
    for (Job& job : waiting) {
        if (capturing_ >= options_.most_running || is_disk_full) break;
        if (live(job) || !has_place(job.request.device) || !has_room(job)) continue;
        if (options_.before_start) options_.before_start();
        start(std::move(job));
    }
    if (capturing_ == 0) {
        parts_.touch(parts_.first_parts());
        engines_.prepare();
    }
    const bool shares_store = devices_.has_elsewhere() || !options_.delivers;
    if (!is_disk_full && !shares_store) return until_next_delivery;
    return std::min<std::chrono::milliseconds>(until_looked_at,
                                               until_next_delivery.value_or(until_looked_at));
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
        // The server may have given up on a device that this worker did not reach: what it captures
        // there is left, and cleared as anything that no job needs.
        auto ids = active_.with([](ActiveRuns& active) {
            const auto keys = std::views::keys(active);
            return std::vector<std::string>(keys.begin(), keys.end());
        });
        std::erase_if(ids, [this](const std::string& id) {
            const auto job = store_.find(id);
            return job && !is_final(job->position);
        });
        for (const std::string& id : ids) {
            active_.with([&id](ActiveRuns& active) {
                const auto found = active.find(id);
                if (found != active.end()) found->second.run->stop_by_shutdown();
            });
        }
    } else if (devices_.has_elsewhere()) {
        auto unfinished = store_.unfinished();
        std::erase_if(unfinished, [this](const Job& job) {
            return !devices_.is_elsewhere(job.request.device);
        });
        announce_elsewhere(unfinished);
        for (Job& job : unfinished) {
            if (job.position.state == State::stopped && !live(job) &&
                !deliveries_.contains(job.id)) {
                Tally(metrics_, job.request).show(job.counters);  // the other one has no metrics
                deliver_later(job);
            }
        }
    }
}

/// What the other process has changed is an event here too.
void Supervisor::announce_elsewhere(const std::vector<Job>& unfinished) {
    auto before = std::exchange(elsewhere_, {});
    for (const Job& job : unfinished) {
        const Elsewhere now{.position = job.position, .errors = job.errors.size()};
        const auto known = before.extract(job.id);
        if ((known.empty() || known.mapped() != now) && !live(job)) store_.announce(job);
        elsewhere_.emplace(job.id, now);
    }
    for (const auto& [id, _] : before) {
        const auto job = store_.find(id);
        if (job && !live(*job)) store_.announce(*job);
    }
}

bool Supervisor::is_idle() {
    if (!devices_.are_settled()) return false;
    const auto active = active_.with([](ActiveRuns& runs) { return runs.size(); });
    return active == 0 && deliveries_.empty() && store_.queued(1, not_startable(false)).empty();
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
    return count_captures(device) < (*engine)->most_captures();
}

bool Supervisor::has_room(const Job& job) const {
    const auto engine = engines_.find(job.request.device);
    return !engine || std::ranges::all_of(job.request.interfaces, [&](const std::string& name) {
        return (*engine)->has_room(name);
    });
}

/// A capture, and then its delivery.
void Supervisor::start(Job job) {
    devices_.note(job);
    ++capturing_;
    try {
        add_run(job, {});
    } catch (const std::exception& refused) {  // no thread, say: those that run go on
        --capturing_;
        wakeup_.ring();  // for what has come meanwhile, and saw no place
        auto error = base::error_of(refused);
        error.message = text("a thread for the job: ", error.message);
        fail_before_start(std::move(job), std::move(error));
    }
}

void Supervisor::add_run(const Job& job, DeliveryTries tries) {
    const bool captures = job.position.state != State::stopped;
    // Under the lock, so that whoever sees the job as starting also finds its run.
    active_.with([&](ActiveRuns& active) {
        auto run = std::make_unique<Run>(context_, job, tries, [this] { wakeup_.ring(); });
        active.insert_or_assign(
            job.id,
            Active{.run = std::move(run),
                   .device = job.request.device,
                   .counted = captures,
                   .resumed = captures ? std::nullopt : std::optional(job.destination.store)});
    });
}

void Supervisor::reclaim() {
    std::vector<std::unique_ptr<Run>> ended;  // joined when the lock is gone
    std::vector<std::string> reached;         // likewise
    const std::size_t before = capturing_;
    active_.with([&](ActiveRuns& active) {
        for (auto it = active.begin(); it != active.end();) {
            Active& one = it->second;
            if (one.counted && !one.run->is_capturing()) {
                one.counted = false;
                --capturing_;
                const bool has_captured = one.run->job().position.delivery != Delivery::failed;
                if (has_captured) reached.push_back(one.device);
            }
            if (one.run->has_ended()) {
                if (const auto& next = one.run->next_try()) deliveries_.put(*next);
                ended.push_back(std::move(one.run));
                it = active.erase(it);
            } else {
                ++it;
            }
        }
    });
    for (const std::string& device : reached)
        devices_.notice_reached(device);
    if (before > 0 && capturing_ == 0) parts_.rest(parts_.first_parts());
}

}  // namespace xpc::job
