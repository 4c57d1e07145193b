#include "job/run.hpp"

#include <algorithm>
#include <system_error>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "capture/engines.hpp"
#include "job/capture_file.hpp"
#include "job/encoders.hpp"
#include "job/object_description.hpp"
#include "job/passing_errors.hpp"
#include "job/recorder.hpp"
#include "job/request.hpp"
#include "job/sources.hpp"
#include "job/spool_files.hpp"
#include "job/store.hpp"
#include "job/store_surely.hpp"
#include "sink/part_pool.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_writers.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::Error;
using base::Failure;
using base::text;

RecordingLimits recording_limits(const JobRequest& request) {
    return {.packets = request.packets,
            .bytes = request.bytes,
            .segment_bytes = request.segment_bytes,
            .segment_duration = request.segment_duration};
}

/// One that was begun by an earlier process may have a server that knows better than its device
/// when that was.
base::Deadline begin_of_capture(const Job& job, const capture::Began& began, bool is_resumed) {
    if (!is_resumed || !job.started_at) return began.on;
    return base::in(*job.started_at - base::wall_now());
}

}  // namespace

Run::Run(const RunContext& context, Job job, DeliveryTries tries, std::function<void()> on_change)
    : context_(context),
      on_change_(std::move(on_change)),
      has_captured_(job.position.state == State::stopped),
      tries_(tries),
      is_taken_up_(job.position.state != State::queued),
      tally_(context.metrics, job.request),
      saved_(job.position),
      window_(job.request.duration),
      job_(std::move(job)) {
    thread_ = std::jthread([this] { execute(); });
}

Run::~Run() = default;

void Run::stop_by_user() {
    stop(Cause::user);
}

void Run::stop_by_shutdown() {
    stop(Cause::shutdown);
    leave_.request();
}

base::Result<void> Run::set_duration(std::chrono::milliseconds duration) {
    auto changed = window_.change(duration);
    if (changed) job_.with([duration](Job& shown) { shown.request.duration = duration; });
    return changed;
}

void Run::abandon_delivery() {
    abandon_.request();
}

void Run::give_up() {
    given_up_ = true;
    stop(Cause::user);
    leave_.request();
    abandon_.request();
}

Failure Run::given_up() {
    return {Errc::interrupted, "given up by its user"};
}

void Run::stop(Cause cause) {
    Cause none = Cause::none;
    cause_.compare_exchange_strong(none, cause);  // the first cause is the reason
    stop_.request();
}

void Run::execute() {
    Job job = job_.copy();
    base::name_thread(text("run ", job.id.substr(job.id.rfind('-') + 1)));
    try {
        if (begin(job) && (job.position.state == State::stopped || capture(job))) {
            capturing_ = false;
            on_change_();
            deliver(job);
        }
    } catch (const std::exception& failed) {
        fail(job, base::error_of(failed));
    }
    // Here, and not with the run: giving an upload up may take two seconds, and a server that stops
    // joins its runs one after the other.
    sink_.reset();
    turn_.reset();
    capturing_ = false;
    ended_ = true;
    on_change_();
}

bool Run::begin(Job& job) {
    if (job.position.state != State::queued) return true;
    const auto engine = context_.engines.find(job.request.device);
    const bool outlives_us = engine && (*engine)->outlives_us();
    if (outlives_us && !await_turn(Speakers::Part::begins, job)) return false;
    if (cause_ == Cause::shutdown) return false;  // the next start runs it
    job.position.state = State::starting;
    // A restart takes this back anyway. False: stopped by its user in this moment.
    if (!context_.store.update(job, saved_, Store::Sync::with_next)) return false;
    // what its user has changed while it waited
    if (const auto stored = context_.store.find(job.id)) {
        window_.set_stored(stored->request.duration);
    }
    job.request.duration = window_.duration();
    publish(job);
    return true;
}

/// False where the capture is left to a later process.
bool Run::capture(Job& job) {
    // enough to begin with, so that the first frames have a place to go to
    context_.parts.touch(context_.parts.first_parts());
    auto* const engine = base::value_or_throw(context_.engines.find(job.request.device));
    if (engine->outlives_us()) return capture_on_device(job, *engine);
    Sources sources(*engine, base::value_or_throw(capture_options(job.request, context_.snaplen)));
    return record(job, sources, false);
}

/// Likewise; then the sources can be taken up again.
bool Run::record(Job& job, Sources& sources, bool outlives_us) {
    const auto format = job.request.format == pcap::FileFormat::pcapng ? pcap::FileFormat::pcapng
                                                                       : context_.classic_format;
    const CaptureFile file(job, sources.interfaces(), format);
    const auto encoder = context_.encoders.find(sources.identity(), file.writer());
    std::optional<Segments> segments;  // goes before the encoder, whose parts its files hold
    if (is_segmented(job.request)) segments.emplace(context_, job, abandon_);
    Recorder recorder(*encoder, segments ? segments->create() : whole_file(job, !outlives_us),
                      {.head = file.head(),
                       .statistics =
                           [&, opened = base::wall_now()](const Counters& counters) {
                               return file.statistics(sources.counters(counters), opened,
                                                      base::wall_now());
                           },
                       .between_statistics = context_.between_statistics},
                      recording_limits(job.request), segments ? &*segments : nullptr,
                      [this](const RecordingProgress& progress) { show(progress); });
    growing_.with([&file](GrowingCapture& growing) {
        growing = {.attempt = growing.attempt + 1, .file = 1, .head_bytes = file.head().size()};
    });

    // also where something below throws: the recorder goes before the sources do
    struct Close {
        void operator()(Sources* opened) const noexcept { opened->close(); }
    };

    const std::unique_ptr<Sources, Close> closing(&sources);

    const auto began = sources.start(recorder, context_.parts);
    if (segments) segments->prepare();
    context_.parts.touch(context_.parts.part_count());
    const bool is_resumed = job.position.state != State::starting;
    if (!is_resumed) {
        job.started_at = began.at;
        job.position = {.state = State::running, .delivery = Delivery::none};
        save(job);
    }
    if (turn_ && turn_->part() == Speakers::Part::begins) turn_.reset();
    window_.begin(begin_of_capture(job, began, is_resumed));
    const auto woken = job.position.state == State::stopping
                           ? base::Woken::deadline  // an earlier process had waited
                           : await(sources, segments);
    job.request.duration = window_.duration();
    if (outlives_us && !may_finish(job, woken)) return false;
    const auto end = sources.finish();
    turn_.reset();

    job.position.state = State::stopping;
    job.stopped_at = end.at;
    job.counters = recorder.counters();
    save_stopping(job, Store::Sync::with_next);
    const auto outcome =
        segments ? segments->finish(recorder.finish()) : close_whole(*recorder.finish());
    conclude_files(job, recorder, outcome);
    conclude(job, end, woken != base::Woken::stopped, recorder.full(), outcome.error);
    if (outcome.bytes == 0) throw Failure(*outcome.error);  // not even a file's head
    job.position.state = State::stopped;                    // stored with the begin of the delivery
    return true;
}

/// Of a capture that outlives us. False where it is left to a later process.
bool Run::may_finish(Job& job, base::Woken woken) {
    if (given_up_) throw given_up();
    const bool is_left = woken == base::Woken::stopped && cause_ == Cause::shutdown && !turn_;
    if (is_left || !await_turn(Speakers::Part::ends, job)) return false;
    job.position.state = State::stopping;  // before what may take minutes
    save_stopping(job, Store::Sync::at_once);
    return true;
}

/// What the files came to.
void Run::conclude_files(Job& job, const Recorder& recorder, const Segments::Outcome& outcome) {
    job.counters = recorder.counters(outcome.lost_frames, outcome.bytes);
    tally_.show(job.counters);
    growing_.with([&outcome](GrowingCapture& growing) {
        growing.bytes = outcome.segments.empty() ? outcome.bytes : outcome.segments.back().bytes;
        growing.has_ended = true;
    });
    job.objects = outcome.segments;
}

void Run::show(const RecordingProgress& progress) {
    job_.with([&progress](Job& shown) { shown.counters = progress.counters; });
    growing_.with([&progress](GrowingCapture& growing) {
        growing.file = progress.file;
        growing.bytes = progress.spooled.written_bytes;
    });
    tally_.show(progress.counters);
    if (progress.spooled.error) stop(Cause::disk);
}

/// The file of a capture that has only one. It may be delivered while it grows.
std::unique_ptr<RecordingFile> Run::whole_file(const Job& job, bool is_delivered_growing) const {
    const auto path = spool_path(context_.spool_dir, job.id);
    auto file = std::make_unique<RecordingFile>();
    file->spool = std::make_unique<sink::Spool>(path, context_.spool_writers);
    if (!is_delivered_growing) return file;
    try {
        file->sink = context_.sinks.open(job.destination, described_object(job), path);
    } catch (const std::exception& refused) {  // what may pass has until the end of the capture
        if (!may_pass(base::error_of(refused))) throw;
    }
    return file;
}

Segments::Outcome Run::close_whole(RecordingFile& file) {
    const auto spooled = file.spool->close();
    sink_ = std::move(file.sink);
    return {.segments = {},
            .bytes = spooled.written_bytes,
            .lost_frames = spooled.lost_frames,
            .error = spooled.error};
}

base::Woken Run::await(Sources& sources, std::optional<Segments>& segments) {
    for (;;) {
        const auto taken = segments ? segments->taken() : base::Fd();
        const auto woken = sources.wait({taken, window_.moved().fd()}, stop_, window_.end());
        const bool is_over = woken == base::Woken::stopped || sources.have_ended();
        if ((is_over || woken == base::Woken::deadline) && window_.conclude(is_over)) return woken;
        window_.hear_moved();
        if (segments) segments->prepare();
    }
}

void Run::conclude(Job& job, const capture::End& end, bool is_due, std::optional<StopReason> full,
                   const std::optional<Error>& disk_error) {
    const auto told = [&job](Errc errc, std::string message) {
        job.errors.push_back({.errc = errc, .message = std::move(message), .field = {}});
    };
    switch (end.reason) {
        case capture::EndReason::stopped:
            job.stop_reason = is_due ? StopReason::duration : StopReason::user;
            break;
        case capture::EndReason::full:
            job.stop_reason = full;
            break;
        case capture::EndReason::device:
            job.stop_reason = StopReason::device;
            told(end.errc, end.message);
            break;
    }
    for (const Error& note : end.notes)
        told(note.errc, note.message);
    if (disk_error) {
        job.stop_reason = StopReason::error;
        told(disk_error->errc, disk_error->message);
    } else if (job.stop_reason == StopReason::user && cause_ == Cause::shutdown) {
        const auto missing = std::max(std::chrono::milliseconds(0),
                                      std::chrono::ceil<std::chrono::milliseconds>(
                                          job.request.duration - (end.at - *job.started_at)));
        told(Errc::interrupted, text("the server was stopped: the capture ended ",
                                     base::human_duration(missing), " early"));
    }
}

void Run::fail(Job& job, Error error) {
    if (job.position.state != State::stopped) {  // the capture broke
        if (job.counters.received == 0) job.counters = job_.copy().counters;
        if (job.counters.captured == 0) {
            remove_spool_files(context_.spool_dir, job.id);
        } else {
            const auto path = is_segmented(job.request)
                                  ? text((context_.spool_dir / job.id).native(), "-*.pcap")
                                  : spool_path(context_.spool_dir, job.id).native();
            error.message += text("; what was captured is kept in ", path);
        }
        job.stop_reason = StopReason::error;
        if (!job.stopped_at) job.stopped_at = base::wall_now();
    }
    base::log::event(base::traits(error.errc).severity, "job.failed",
                     {{"job", job.id}, {"cause", error.message}});
    job.errors.push_back(std::move(error));
    job.position = {.state = State::stopped, .delivery = Delivery::failed};
    save_surely(job);
}

void Run::save(const Job& job, Store::Sync sync) {
    if (!context_.store.update(job, saved_, sync)) {
        throw Failure(Errc::conflict, text("job ", job.id, ": was changed by another process"));
    }
    publish(job);
}

void Run::publish(const Job& job) {
    saved_ = job.position;
    const auto duration = window_.duration();  // which may have been moved since
    job_.with([&](Job& shown) {
        shown = job;
        shown.request.duration = duration;
    });
    base::log::info("job.state", {{"job", job.id},
                                  {"state", word(job.position.state)},
                                  {"delivery", word(job.position.delivery)},
                                  {"captured", job.counters.captured}});
}

void Run::save_surely(const Job& job) {
    try {
        [[maybe_unused]] const bool is_stored = store_surely(job.id, abandon_, [&] { save(job); });
    } catch (const Failure& conflict) {  // another process has it
        base::log::error("job.not_stored", {{"job", job.id}, {"cause", conflict.error().message}});
    }
}

/// That the capture ends. Where the store has no room for that, the job is to a restart as if it
/// were running, and goes on.
void Run::save_stopping(const Job& job, Store::Sync sync) {
    try {
        save(job, sync);
    } catch (const Failure& failed) {
        if (failed.error().errc == Errc::conflict) throw;
        base::log::error("job.not_stored", {{"job", job.id}, {"cause", failed.error().message}});
    }
}

}  // namespace xpc::job
