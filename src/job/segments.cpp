#include "job/segments.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "job/object_description.hpp"
#include "job/object_keys.hpp"
#include "job/run.hpp"
#include "job/spool_files.hpp"
#include "job/store.hpp"
#include "job/store_surely.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_file.hpp"
#include "sink/spool_writers.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::Failure;

void report_later(const Job& job, const Segment& segment, const std::exception& failed) {
    base::log::warning(
        "segment.not_delivered",
        {{"job", job.id}, {"segment", segment.number}, {"cause", base::error_of(failed).message}});
}

void put_surely(const RunContext& context, const Job& job, const Segment& segment,
                const base::Stop& abandon) {
    if (store_surely(job.id, abandon, [&] { context.store.put_segment(job.id, segment); })) return;
    throw Failure(Errc::cancelled, "given up before the job store had room");
}

}  // namespace

void deliver_segment(const RunContext& context, const Job& job, Segment& segment,
                     const base::Stop& abandon) {
    const auto path = segment_spool_path(context.spool_dir, job.id, segment.number);
    segment.delivery = Delivery::uploading;
    put_surely(context, job, segment, abandon);
    const auto sink =
        context.sinks.open(segment_destination(job, segment), described_object(job), path);
    segment.receipt = sink->finish(segment.bytes, described(segment), abandon);
    segment.delivery = Delivery::delivered;
    put_surely(context, job, segment, abandon);
    sink::remove_spool_file(path);
}

Segments::Segments(const RunContext& context, Job job, const base::Stop& abandon)
    : context_(context), job_(std::move(job)), abandon_(abandon), full_(SIZE_MAX) {
    thread_ = std::jthread([this] { work(); });
}

Segments::~Segments() {
    full_.close();
}

std::unique_ptr<RecordingFile> Segments::create() {
    auto file = std::make_unique<RecordingFile>();
    file->number = ++created_;
    file->spool = std::make_unique<sink::Spool>(
        segment_spool_path(context_.spool_dir, job_.id, file->number), context_.spool_writers);
    return file;
}

void Segments::prepare() {
    taken_.clear();
    if (next_.with([](auto& next) { return next != nullptr; })) return;
    try {
        auto file = create();
        next_.with([&file](auto& next) { next = std::move(file); });
    } catch (const std::exception& failed) {  // the current file goes on
        base::log::warning("segment.not_created",
                           {{"job", job_.id}, {"cause", base::error_of(failed).message}});
    }
}

std::unique_ptr<RecordingFile> Segments::take_next() {
    auto next = next_.with([](auto& ready) { return std::exchange(ready, nullptr); });
    if (next) taken_.ring();
    return next;
}

void Segments::put_full(std::unique_ptr<RecordingFile> file) {
    [[maybe_unused]] const bool queued = full_.try_push(file);
}

void Segments::work() {
    base::name_thread("segments");
    while (auto file = full_.pop(base::never)) {
        try {
            end_file(**file);
        } catch (const std::exception& failed) {  // told with the capture's end
            if (!outcome_.error) outcome_.error = base::error_of(failed);
        }
    }
}

void Segments::end_file(RecordingFile& file) {
    const auto spooled = file.spool->close();
    outcome_.lost_frames += spooled.lost_frames;
    outcome_.bytes += spooled.written_bytes;
    if (spooled.error && !outcome_.error) outcome_.error = spooled.error;
    if (spooled.written_bytes == 0) return;  // not even its head: there is nothing to deliver
    deliver_or_keep({.number = file.number,
                     .key = segment_key(job_.destination.key, file.number),
                     .frames = file.frames - spooled.lost_frames,
                     .bytes = spooled.written_bytes,
                     .delivery = Delivery::none,
                     .receipt = {}});
}

void Segments::deliver_or_keep(Segment segment) {
    if (job_.request.segments_kept > 0) {
        [[maybe_unused]] const bool is_stored =
            store_surely(job_.id, abandon_, [&] { context_.store.put_segment(job_.id, segment); });
        outcome_.segments.push_back(std::move(segment));
        while (outcome_.segments.size() > job_.request.segments_kept)
            forget_oldest();
        return;
    }
    try {
        if (!abandon_.requested()) deliver_segment(context_, job_, segment, abandon_);
    } catch (const std::exception& failed) {  // tried again when the capture has ended
        report_later(job_, segment, failed);
    }
    outcome_.segments.push_back(std::move(segment));
}

void Segments::forget_oldest() {
    const std::uint32_t number = outcome_.segments.front().number;
    outcome_.segments.erase(outcome_.segments.begin());
    const bool is_forgotten =
        store_surely(job_.id, abandon_, [&] { context_.store.remove_segment(job_.id, number); });
    if (!is_forgotten) return;
    sink::remove_spool_file(segment_spool_path(context_.spool_dir, job_.id, number));
}

Segments::Outcome Segments::finish(std::unique_ptr<RecordingFile> last) {
    // one that was made ready and not needed
    const auto unused = next_.with([](auto& ready) { return std::exchange(ready, nullptr); });
    if (unused) {
        sink::remove_spool_file(segment_spool_path(context_.spool_dir, job_.id, unused->number));
    }
    put_full(std::move(last));
    full_.close();
    thread_.join();
    return outcome_;
}

}  // namespace xpc::job
