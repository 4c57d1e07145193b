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

Failure kept(const std::exception& failed, const std::filesystem::path& path) {
    const Error error = base::error_of(failed);
    return {error.errc, text(error.message, "; the capture is kept in ", path.native())};
}

/// One of those that there are, if there is one left; of no semaphore: one that nobody counts.
class Place {
public:
    explicit Place(std::counting_semaphore<>* places)
        : places_(places), is_taken_(places == nullptr || places->try_acquire()) {}

    ~Place() {
        if (places_ != nullptr && is_taken_) places_->release();
    }

    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Place(Place&&) = delete;
    Place& operator=(Place&&) = delete;

    [[nodiscard]] bool is_taken() const noexcept { return is_taken_; }

private:
    std::counting_semaphore<>* places_;
    bool is_taken_;
};

/// What was refused may have been hours ago, while the capture ran, or an upload that somebody has
/// aborted since. Whoever begins anew, with what the store has now, hears what it says now.
bool may_be_of_its_time(const Error& error, bool was_begun) {
    return !may_pass(error) && error.errc != base::Errc::object_exists &&
           (was_begun || error.errc == base::Errc::store_refused);
}

}  // namespace

void Run::deliver(Job& job) {
    // else an earlier process has begun this, maybe days ago
    const bool is_just_written = job.position.delivery != Delivery::uploading;
    job.position.delivery = Delivery::uploading;
    if (saved_ != job.position) save_surely(job);
    if (!context_.delivers) return;
    const bool needs_place = !has_captured_ && job.destination.store == sink::StoreKind::s3;
    const Place place(needs_place ? &context_.places_to_deliver : nullptr);
    if (!place.is_taken()) {
        sink_.reset();
        try_again_in(job, {});
        return;
    }
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

/// False where it is left to a later run, or the next start, or has failed for good.
bool Run::try_to_deliver(Job& job, bool is_just_written) {
    if (!tries_.first) tries_.first = base::Deadline::clock::now();
    const bool was_begun = sink_ != nullptr;
    auto error = attempt(job, is_just_written);
    if (error && may_be_of_its_time(*error, was_begun) && !abandon_.requested()) {
        base::log::warning("job.delivery_begun_anew", {{"job", job.id}, {"cause", error->message}});
        sink_.reset();
        error = attempt(job, is_just_written);
    }
    if (!error) {
        forget_what_passed(job);
        return true;
    }
    sink_.reset();
    if (!abandon_.requested() && is_worth_a_wait(job, *error)) {
        wait_for_next_try(job, *error);
        return false;
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
    context_.metrics.count_not_delivered(job, error->errc, false);
    fail(job, std::move(*error));
    return false;
}

/// Nothing where it is delivered.
std::optional<Error> Run::attempt(Job& job, bool is_just_written) {
    try {
        if (!is_just_written) check_what_was_left(job);
        if (is_segmented(job.request)) {
            deliver_segments(job);
        } else {
            deliver_whole(job);
        }
        return std::nullopt;
    } catch (const std::exception& failed) {  // what may pass is waited for
        return in_delivery(base::error_of(failed));
    }
}

bool Run::is_worth_a_wait(const Job& job, const Error& error) const {
    const DeliveryAge age{
        .since_capture = base::wall_now() - job.stopped_at.value_or(job.created_at),
        .since_first_try = base::Deadline::clock::now() - *tries_.first};
    return may_pass(error) && !is_too_old(age, context_.give_up_after);
}

/// The job shows why it waits.
void Run::wait_for_next_try(Job& job, const Error& error) {
    const auto pause = delivery_pause(++tries_.failures, base::random_fraction());
    base::log::warning("job.delivery_waits",
                       {{"job", job.id}, {"cause", error.message}, {"pause_ms", pause.count()}});
    context_.metrics.count_not_delivered(job, error.errc, true);
    forget_what_passed(job);
    job.errors.push_back(error);
    save_surely(job);
    try_again_in(job, pause);
}

void Run::try_again_in(const Job& job, std::chrono::milliseconds pause) {
    next_try_ = {
        .id = job.id, .store = job.destination.store, .tries = tries_, .due = base::in(pause)};
}

void Run::deliver_whole(Job& job) {
    const auto path = spool_path(context_.spool_dir, job.id);
    try {
        if (!sink_) sink_ = context_.sinks.open(job.destination, described_object(job), path);
        job.object = sink_->finish(job.counters.bytes, described(job.counters), abandon_);
    } catch (const std::exception& failed) {  // with where the capture is
        throw kept(failed, path);
    }
}

/// One that is refused does not stop the others; what may pass would, for each of them.
void Run::deliver_segments(Job& job) {
    std::optional<Failure> first_refusal;
    for (Segment& segment : job.objects) {
        if (segment.delivery == Delivery::delivered) continue;
        try {
            deliver_segment(context_, job, segment, abandon_);
        } catch (const std::exception& failed) {  // likewise
            auto told =
                kept(failed, segment_spool_path(context_.spool_dir, job.id, segment.number));
            if (may_pass(in_delivery(told.error()))) throw told;
            if (!first_refusal) first_refusal = std::move(told);
        }
    }
    if (first_refusal) throw Failure(*first_refusal);
}

}  // namespace xpc::job
