// The second half of a run: what was captured is brought to its store, however long that takes.

#include <utility>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "job/delivery_pause.hpp"
#include "job/discard.hpp"
#include "job/object_description.hpp"
#include "job/passing_errors.hpp"
#include "job/run.hpp"
#include "job/spool_check.hpp"
#include "job/spool_files.hpp"
#include "sink/sinks.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::Error;
using base::Failure;
using base::text;

Failure kept(const Failure& failure, const std::filesystem::path& path) {
    return {failure.error().errc,
            text(failure.error().message, "; the capture is kept in ", path.native())};
}

}  // namespace

void Run::deliver(Job& job) {
    // else an earlier process has begun this, maybe days ago
    const bool is_just_written = job.position.delivery != Delivery::uploading;
    job.position.delivery = Delivery::uploading;
    if (saved_ != job.position) save_surely(job);
    if (!context_.delivers) return;
    if (!try_to_deliver(job, is_just_written)) return;
    job.delivered_at = base::wall_now();
    job.position.delivery = Delivery::delivered;
    context_.metrics.count_delivered(job);
    save_surely(job);
    // a delivery that is not in the store is made again at the next start, from this file
    if (saved_ == job.position) remove_spool_files(context_.spool_dir, job.id);
}

/// What the spool has lost since it was written is told, and no reason to keep the rest.
void Run::check_what_was_left(Job& job) {
    auto damage = check_spool(job, context_.spool_dir, context_.store);
    if (!damage) return;
    base::log::error("job.spool_damaged", {{"job", job.id}, {"cause", damage->message}});
    forget_what_passed(job);
    job.errors.push_back(std::move(*damage));
    save_surely(job);
}

/// As often as it takes. False where it is left to the next start, or has failed for good.
bool Run::try_to_deliver(Job& job, bool is_just_written) {
    for (unsigned failures = 1;; ++failures) {
        base::Error error;
        try {
            if (!std::exchange(is_just_written, false)) check_what_was_left(job);
            if (is_segmented(job.request)) {
                deliver_segments(job);
            } else {
                deliver_whole(job);
            }
            forget_what_passed(job);
            return true;
        } catch (const Failure& failure) {  // what may pass is waited for
            error = failure.error();
        }
        sink_.reset();
        if (!abandon_.requested() && is_worth_a_wait(job, error)) {
            if (await_next_try(job, error, failures)) continue;
        }
        if (given_up_) {
            error = given_up().error();
        } else if (abandon_.requested()) {
            base::log::info("job.left_to_next_start",
                            {{"job", job.id}, {"spool", context_.spool_dir.native()}});
            return false;
        }
        discard_begun(context_.sinks, job, context_.spool_dir);
        forget_what_passed(job);
        context_.metrics.count_not_delivered(job, error.errc, false);
        fail(job, std::move(error));
        return false;
    }
}

bool Run::is_worth_a_wait(const Job& job, const Error& error) const {
    const auto end = job.stopped_at.value_or(job.created_at) + context_.give_up_after;
    return may_pass(error) && base::wall_now() < end;
}

/// False when the server ends first. The job shows why it waits.
bool Run::await_next_try(Job& job, const Error& error, unsigned failures) {
    const auto pause = delivery_pause(failures, base::random_fraction());
    base::log::warning("job.delivery_waits",
                       {{"job", job.id}, {"cause", error.message}, {"pause_ms", pause.count()}});
    context_.metrics.count_not_delivered(job, error.errc, true);
    forget_what_passed(job);
    job.errors.push_back(error);
    save_surely(job);
    return base::wait(base::Fd(), abandon_, base::in(pause)) == base::Woken::deadline;
}

void Run::deliver_whole(Job& job) {
    const auto path = spool_path(context_.spool_dir, job.id);
    try {
        if (!sink_) sink_ = context_.sinks.open(job.destination, described_object(job), path);
        job.object = sink_->finish(job.counters.bytes, described(job.counters), abandon_);
    } catch (const Failure& failure) {  // with where the capture is
        throw kept(failure, path);
    }
}

void Run::deliver_segments(Job& job) {
    for (Segment& segment : job.objects) {
        if (segment.delivery == Delivery::delivered) continue;
        try {
            deliver_segment(context_, job, segment, abandon_);
        } catch (const Failure& failure) {  // likewise
            throw kept(failure, segment_spool_path(context_.spool_dir, job.id, segment.number));
        }
    }
}

}  // namespace xpc::job
