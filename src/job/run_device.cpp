// The first half of a run on a device whose captures outlive us: what is begun there can be taken
// up again, by this run or by one of a later process.

#include <chrono>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "capture/engine.hpp"
#include "job/passing_errors.hpp"
#include "job/request.hpp"
#include "job/run.hpp"
#include "job/sources.hpp"
#include "job/spool_files.hpp"
#include "job/store.hpp"
#include "job/transcript.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::Failure;

std::chrono::milliseconds device_pause(unsigned failures) {
    constexpr std::chrono::milliseconds first{500};
    constexpr unsigned most_doublings = 7;  // about a minute
    return base::doubled(first, failures, most_doublings);
}

/// `may_be_there`: the capture may have been begun already.
Sources take_up(capture::Engine& engine, const capture::CaptureOptions& options, State state,
                bool may_be_there) {
    if (!may_be_there) return {engine, {options}};
    try {
        return Sources(engine.resume(options));
    } catch (const Failure& failure) {  // killed before it had begun: nothing is lost
        const Errc errc = failure.error().errc;
        const bool is_gone = errc == Errc::device || errc == Errc::device_reloaded;
        if (!is_gone || state != State::starting) throw;
    }
    return {engine, {options}};
}

}  // namespace

/// False where the capture is left to a later process, or to a later run.
bool Run::capture_on_device(Job& job, capture::Engine& engine) {
    // A device that can be reached, and does not do what it is asked for, is asked so often.
    constexpr unsigned most_tries = 3;
    if (job.stop_requested) stop(Cause::user);
    Transcript transcript(transcript_path(context_.transcript_dir, job.id));
    auto options = base::value_or_throw(capture_options(job.request, context_.snaplen)).front();
    options.name = engine.capture_name(job.number);
    options.dialogue = &transcript;
    bool may_be_there = is_taken_up_;
    unsigned tries = 0;
    for (unsigned failures = 1;; ++failures) {
        if (!begin_try(job)) return false;
        if (job.position.state != State::starting) options.began_at = job.started_at;
        const auto is_recorded = try_device(job, engine, options, may_be_there);
        if (is_recorded) return *is_recorded;
        const base::Error& error = is_recorded.error();
        turn_.reset();
        may_be_there = true;
        if (given_up_) throw given_up();
        if (leave_.requested() && error.errc == Errc::cancelled) return false;
        if (!may_pass(error)) throw Failure(error);
        const auto ready = engine.readiness();
        if (ready && ++tries == most_tries) throw Failure(error);
        if (!await_device(job, error, ready, failures)) return false;
    }
}

/// Its turn has come, and what another try has left is gone. False as await_turn().
bool Run::begin_try(Job& job) {
    if (given_up_) throw given_up();
    if (!await_turn(is_over(job) ? Speakers::Part::ends : Speakers::Part::begins, job))
        return false;
    forget_what_passed(job);
    remove_spool_files(context_.spool_dir, job.id);  // what is in it comes again
    return true;
}

/// False where the capture is left on the device.
base::Result<bool> Run::try_device(Job& job, capture::Engine& engine,
                                   const capture::CaptureOptions& options, bool may_be_there) {
    try {
        auto sources = take_up(engine, options, job.position.state, may_be_there);
        const bool is_recorded = record(job, sources, true);
        if (!is_recorded) {
            remove_spool_files(context_.spool_dir, job.id);
            base::log::info("job.left_on_device",
                            {{"job", job.id}, {"device", job.request.device}});
        }
        return is_recorded;
    } catch (const Failure& failure) {  // what may pass is waited for
        return std::unexpected(failure.error());
    }
}

/// False where it is left first, and nothing was said.
bool Run::await_turn(Speakers::Part part, const Job& job) {
    if (turn_ && turn_->part() == part) return true;
    turn_.reset();
    if (auto turn = context_.speakers.wait(job.request.device, part, leave_)) {
        turn_.emplace(std::move(*turn));
        return true;
    }
    if (given_up_) throw given_up();
    return false;
}

/// Whether all that is to be done is to fetch what the device has captured.
bool Run::is_over(const Job& job) const {
    const bool is_due =
        job.started_at && base::wall_now() >= *job.started_at + job.request.duration;
    const bool is_stopped = job.started_at && cause_ == Cause::user;
    return job.position.state == State::stopping || is_due || is_stopped;
}

/// After an error. False where the capture is left to a later process, or to a later run.
bool Run::await_device(Job& job, const base::Error& error, const base::Result<void>& ready,
                       unsigned failures) {
    if (ready) return await_next_start(job, error, failures) || given_up_;
    if (!may_pass(ready.error())) throw Failure(ready.error());
    if (job.position.state == State::starting) {
        put_back(job, ready.error());
        return false;
    }
    return await_next_start(job, ready.error(), failures) || given_up_;
}

/// False when the server ends first, or it has been too long. The job shows why it waits.
bool Run::await_next_start(Job& job, const base::Error& error, unsigned failures) {
    const auto last =
        job.started_at.value_or(job.created_at) + job.request.duration + context_.give_up_after;
    if (base::wall_now() >= last) throw Failure(error);
    const auto pause = device_pause(failures);
    base::log::warning("job.device_away", {{"job", job.id},
                                           {"device", job.request.device},
                                           {"cause", error.message},
                                           {"pause_ms", pause.count()}});
    job.errors.push_back(error);
    save_surely(job);
    return base::wait(base::Fd(), leave_, base::in(pause)) == base::Woken::deadline;
}

/// It waits with the others until its device can be reached.
void Run::put_back(Job& job, const base::Error& error) {
    base::log::warning("job.requeued", {{"job", job.id}, {"cause", error.message}});
    job.position.state = State::queued;
    save_surely(job);
    context_.device_away(job.request.device);
}

}  // namespace xpc::job
