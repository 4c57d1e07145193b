// What users ask of jobs that are there: to end them, to move their end, to remove them.

#include <chrono>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "base/sync_folder.hpp"
#include "base/text.hpp"
#include "job/discard.hpp"
#include "job/object_keys.hpp"
#include "job/spool_files.hpp"
#include "job/supervisor.hpp"
#include "sink/sinks.hpp"

namespace xpc::job {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

namespace {

/// Only one thread at a time removes a job: its key may be another one's when it is gone.
class Claim {
public:
    Claim(base::Guarded<std::set<std::string>>& taken, std::string id)
        : taken_(taken), id_(std::move(id)) {
        is_ours_ = taken_.with([this](auto& ids) { return ids.insert(id_).second; });
    }

    ~Claim() {
        if (is_ours_) taken_.with([this](auto& ids) { ids.erase(id_); });
    }

    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    Claim(Claim&&) = delete;
    Claim& operator=(Claim&&) = delete;

    [[nodiscard]] bool is_ours() const noexcept { return is_ours_; }

private:
    base::Guarded<std::set<std::string>>& taken_;
    std::string id_;
    bool is_ours_ = false;
};

// As long as a request to remove a job waits for it.
constexpr std::chrono::seconds longest_removal{5};

/// From the embedded store: what was told as delivered, and what a delivery had put there that was
/// killed before it told.
void remove_objects(const sink::Sinks& sinks, const Job& job,
                    const std::filesystem::path& spool_dir) {
    if (job.destination.store != sink::StoreKind::embedded) return;
    if (job.object) {
        sinks.remove_object(job.destination);
    } else {
        sinks.take_back(job.destination, spool_path(spool_dir, job.id));
    }
    for (const Segment& segment : job.objects) {
        const auto destination = segment_destination(job, segment);
        if (segment.receipt) {
            sinks.remove_object(destination);
        } else {
            sinks.take_back(destination, segment_spool_path(spool_dir, job.id, segment.number));
        }
    }
}

void pause_between_looks() {
    constexpr std::chrono::milliseconds pause{10};
    const base::Stop nobody;
    [[maybe_unused]] const auto woken = base::wait({}, nobody, base::in(pause));
}

}  // namespace

base::Error no_such_job(std::string_view id) {
    return {.errc = Errc::not_found,
            .message = text("job ", base::quoted(id), ": no such job"),
            .field = {}};
}

Result<Job> Supervisor::stop(std::string_view id_or_number) {
    auto job = store_.find(id_or_number);
    if (!job) return std::unexpected(no_such_job(id_or_number));
    if (job->position.state == State::queued) {
        if (auto stopped = stop_waiting(*job)) return std::move(*stopped);
    }
    if (gave_up_on_device(*job)) {
        wakeup_.ring();
        return find(job->id);
    }
    // for the process that captures now, and for one that may have to take it up
    if (devices_.outlive_us(job->request.device)) store_.request_stop(job->id);
    active_.with([&job](ActiveRuns& active) {
        const auto found = active.find(job->id);
        if (found != active.end()) found->second.run->stop_by_user();
    });
    return find(job->id);
}

/// Whether it was of a device to which nobody comes any more. That is the server's to say.
bool Supervisor::gave_up_on_device(const Job& job) const {
    return options_.delivers && giving_up_.end(job);
}

/// Nothing where it does not wait any more.
std::optional<Job> Supervisor::stop_waiting(Job job) {
    const Position from = job.position;
    job.position = {.state = State::stopped, .delivery = Delivery::failed};
    job.stop_reason = StopReason::user;
    job.stopped_at = base::wall_now();
    job.errors.push_back({.errc = Errc::interrupted,
                          .message = "stopped before it began: nothing was captured",
                          .field = {}});
    if (!store_.update(job, from)) return std::nullopt;
    active_.with([&job](ActiveRuns& active) {  // it may wait for its turn, which it does not get
        const auto found = active.find(job.id);
        if (found != active.end()) found->second.run->stop_by_shutdown();
    });
    wakeup_.ring();
    return job;
}

Result<Job> Supervisor::set_duration(std::string_view id_or_number,
                                     std::chrono::milliseconds duration) {
    if (auto checked = check_duration(duration, options_.limits.max_duration); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    constexpr int most_looks = 5;  // it may begin, or be put back, between two of them
    for (int looks = 0; looks < most_looks; ++looks) {
        const auto job = store_.find(id_or_number);
        if (!job) return std::unexpected(no_such_job(id_or_number));
        const State state = job->position.state;
        if (state == State::stopping || state == State::stopped) {
            return refuse(Errc::conflict,
                          text("duration: the capture of job ", job->number, " has ended already"),
                          "duration");
        }
        if (state != State::queued) {
            if (auto moved = move_end(*job, duration); !moved) {
                return std::unexpected(std::move(moved.error()));
            }
        }
        if (!store_.set_duration(job->id, duration, state)) continue;
        base::log::info("job.duration_changed",
                        {{"job", job->id}, {"duration_ms", duration.count()}});
        return find(job->id);
    }
    return refuse(Errc::conflict, "duration: the job changes at this moment: try again",
                  "duration");
}

/// Of a capture that goes on.
Result<void> Supervisor::move_end(const Job& job, std::chrono::milliseconds duration) {
    const std::string& device = job.request.device;
    const auto refusal = [&device](std::string_view why) {
        return refuse(Errc::conflict, text("duration: device ", base::quoted(device), why),
                      "duration");
    };
    if (devices_.is_elsewhere(device)) {
        return refusal(" is captured from by another process, which has told it when to end");
    }
    if (devices_.outlive_us(device) && duration > job.request.duration) {
        return refusal(
            " was told when to end when it began, and can not be told otherwise while it "
            "captures: ask for a capture of what comes after it");
    }
    return active_.with([&](ActiveRuns& active) -> Result<void> {
        const auto found = active.find(job.id);
        if (found == active.end()) {
            return refuse(Errc::conflict, "duration: the capture does not go on at this moment",
                          "duration");
        }
        return found->second.run->set_duration(duration);
    });
}

Result<Removal> Supervisor::remove(std::string_view id_or_number) {
    const auto job = store_.find(id_or_number);
    if (!job) return std::unexpected(no_such_job(id_or_number));
    store_.request_removal(job->id);  // a later process does it, if this one can not
    const auto removal = remove_now(job->id);
    if (removal == Removal::under_way) wakeup_.ring();  // the dispatcher goes on with it
    return removal;
}

Removal Supervisor::remove_now(const std::string& id) {
    const auto end = base::in(longest_removal);
    for (;;) {
        if (const Claim claim(removing_, id); claim.is_ours()) {
            // again and again: one that another process has captured may only now be taken up
            while (give_up(id) && base::Deadline::clock::now() < end)
                pause_between_looks();
            const auto job = store_.find(id);
            if (!job) return Removal::done;
            if (!is_final(job->position)) return Removal::under_way;
            remove_ended(*job);
            return Removal::done;
        }
        // the dispatcher is at it, or another request
        if (base::Deadline::clock::now() >= end) return Removal::under_way;
        pause_between_looks();
    }
}

/// The record last: as long as it is there, something may be left.
void Supervisor::remove_ended(const Job& job) {
    discard_begun(sinks_, job, options_.spool_dir);
    remove_objects(sinks_, job, options_.spool_dir);
    remove_spool_files(options_.spool_dir, job.id);
    remove_set_aside(options_.spool_dir, job.id);
    std::error_code error;  // there may be none
    std::filesystem::remove(transcript_file(job), error);
    // before the record: a power cut would bring the files back, and nobody would know whose they
    // are
    base::sync_folder(options_.spool_dir);
    if (!store_.remove(job.id)) return;
    if (!devices_.empty()) wakeup_.ring();
    base::log::info("job.removed", {{"job", job.id}});
}

/// A step towards the end of a job that its user wants to be gone. False when it is there.
bool Supervisor::give_up(const std::string& id) {
    const auto job = store_.find(id);
    if (!job || is_final(job->position)) return false;
    if (job->position.state == State::queued && stop_waiting(*job)) return false;
    if (gave_up_on_device(*job)) return false;
    if (deliveries_.take(id)) {
        fail_given_up(*job);
        return false;
    }
    active_.with([&id](ActiveRuns& active) {
        const auto found = active.find(id);
        if (found != active.end()) found->second.run->give_up();
    });
    return true;
}

/// What could not be removed at once.
void Supervisor::finish_removals() {
    for (const std::string& id : store_.removal_requests()) {
        const Claim claim(removing_, id);
        if (!claim.is_ours()) continue;
        if (give_up(id) || !options_.delivers) continue;
        if (const auto job = store_.find(id)) remove_ended(*job);
    }
}

}  // namespace xpc::job
