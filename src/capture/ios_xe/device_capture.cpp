#include "capture/ios_xe/device_capture.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;

// The device counts whole seconds, and we see its end only when we look.
constexpr std::chrono::seconds early{3};

/// Runs `step` again where the way to the device was lost, until `patience` has passed.
template <typename Step>
auto insist(Device& device, Step step) {
    const auto deadline = base::in(device.settings().timeout * 2);
    constexpr std::chrono::seconds pause{1};
    for (;;) {
        try {
            return step();
        } catch (const Failure& failure) {  // a connection that broke is made again
            const auto errc = failure.error().errc;
            const bool is_lost = errc == Errc::device_lost || errc == Errc::device_unreachable ||
                                 errc == Errc::device_lines_full;
            if (!is_lost || base::Deadline::clock::now() > deadline) throw;
        }
        if (base::wait(base::Fd(), device.stop(), base::in(pause)) == base::Woken::stopped) {
            throw Failure(device.told(Errc::cancelled, "cancelled"));
        }
    }
}

}  // namespace

DeviceCapture::DeviceCapture(Device& device, Watch& watch, CapturePoint point,
                             Description description, Left left)
    : device_(device),
      watch_(watch),
      point_(std::move(point)),
      description_(std::move(description)),
      identity_(text(device.settings().name, '/', point_.plan().name)),
      left_(left) {}

DeviceCapture::~DeviceCapture() {
    watch_.leave(point_.plan().name);
    if (is_started_ || left_ != Left::nothing) return;
    try {
        point_.clear(Extent::all_but_file);
    } catch (const Failure& failure) {  // the next sweep finds it
        base::log::warning("device.not_cleared", {{"device", device_.settings().name},
                                                  {"capture", point_.plan().name},
                                                  {"cause", failure.error().message}});
    }
}

Began DeviceCapture::start(pcap::FrameConsumer& consumer) {
    consumer_ = &consumer;
    if (left_ == Left::nothing) point_.start();
    is_started_ = true;
    began_ = {.at = base::wall_now(), .on = base::Deadline::clock::now()};
    if (left_ == Left::file) {
        watched_->ended.request();
        return began_;
    }
    const auto& plan = point_.plan();
    // nobody here knows when one that is taken up was to end
    if (left_ == Left::nothing && plan.duration > std::chrono::seconds::zero()) {
        watched_->due = began_.on + plan.duration - early;
    }
    watch_.join(plan.name, watched_);
    return began_;
}

End DeviceCapture::finish() {
    watch_.leave(point_.plan().name);
    // now: a look that is under way sees that we end it
    seen_ = watched_->seen.copy();
    auto end = fetch_all();
    consumer_ = nullptr;
    return end;
}

End DeviceCapture::fetch_all() {
    Counts counts;
    bool has_acl = true;
    if (left_ != Left::file) {
        if (seen_.state == Watched::State::gone) {
            throw insist(device_, [this] { return point_.loss(); });
        }
        const auto stopped = insist(device_, [this] { return point_.stop(); });
        counts = stopped.counts;
        has_acl = stopped.has_acl;
    }
    const auto bytes = insist(device_, [this] {
        return left_ == Left::file ? point_.file_size().value_or(0) : point_.export_file();
    });
    auto reader =
        pcap::FrameReader::open(insist(device_, [this, bytes] { return point_.fetch(bytes); }));
    if (!reader) throw Failure(device_.told(Errc::device_file, reader.error().message));
    if (reader->link_type() != static_cast<std::uint32_t>(description_.link_type)) {
        throw Failure(device_.told(Errc::device_file,
                                   text("its packets are of link type ", reader->link_type(),
                                        ", which is not the one of Ethernet")));
    }
    const auto shown = show(*reader, counts);
    insist(device_, [this] { point_.clear(Extent::all_but_file); });
    left_ = Left::file;

    End end = ending(counts, bytes);
    if (shown.is_full) {
        return {.reason = EndReason::full,
                .at = shown.last,
                .message = {},
                .notes = std::move(end.notes)};
    }
    if (!has_acl) {
        end.reason = EndReason::device;
        end.errc = Errc::device_acl_lost;
        end.message = device_
                          .told(end.errc, text("the access list ", point_.plan().name,
                                               " was removed while it captured"))
                          .message;
    }
    if (!shown.damage.empty()) {
        end.reason = EndReason::device;
        end.errc = Errc::device_file;
        end.message =
            device_.told(end.errc, text("the exported file is damaged: ", shown.damage)).message;
    }
    return end;
}

DeviceCapture::Shown DeviceCapture::show(pcap::FrameReader& reader, const Counts& counts) {
    Shown shown;
    const auto dropped = counts.dropped.value_or(0);
    for (;;) {
        const auto frames = reader.next();
        if (!frames) shown.damage = frames.error().message;
        if (!frames || frames->empty() || !show_batch(*frames, shown, dropped)) break;
    }
    // What the buffer had, and the file has not, is lost too. A switch counts what went in, of
    // which a circular buffer forgets the first ones by design (docs/decisions/0032).
    const auto went_in = point_.plan().circular ? std::nullopt : counts.sent;
    const auto had = counts.in_buffer.value_or(went_in.value_or(0));
    const auto lost = !shown.is_full && had > shown.frames ? had - shown.frames : 0;
    consumer_->batch_done(
        {.seen = shown.frames, .dropped = dropped + lost, .overrun = 0, .up_to = base::wall_now()});
    return shown;
}

bool DeviceCapture::show_batch(std::span<const pcap::FrameView> frames, Shown& shown,
                               std::uint64_t dropped) {
    // The disk takes what comes, sooner or later; where it does not, the consumer counts the loss.
    constexpr std::chrono::seconds patience{30};
    constexpr std::chrono::milliseconds pause{5};
    // a few at a time, so that little room is asked for at once
    constexpr std::size_t at_once = 64;
    while (!frames.empty()) {
        std::vector<pcap::FrameView> some;
        std::size_t bytes = 0;
        for (auto frame : frames.first(std::min(at_once, frames.size()))) {
            if (frame.captured_bytes > description_.snaplen) {
                frame.captured_bytes = description_.snaplen;
                frame.pieces[0] = frame.pieces[0].first(description_.snaplen);
            }
            bytes += frame.captured_bytes;
            some.push_back(frame);
        }
        const auto deadline = base::in(patience);
        while (!consumer_->has_room(bytes) && base::Deadline::clock::now() < deadline) {
            if (base::wait(base::Fd(), device_.stop(), base::in(pause)) == base::Woken::stopped) {
                throw Failure(device_.told(Errc::cancelled, "cancelled"));
            }
        }
        const auto taken = consumer_->accept(some);
        const auto count = taken.is_full ? taken.frames : some.size();
        shown.frames += count;
        shown.is_full = taken.is_full;
        if (count > 0) shown.last = some[count - 1].when;
        consumer_->batch_done(
            {.seen = shown.frames, .dropped = dropped, .overrun = 0, .up_to = shown.last});
        if (taken.is_full) return false;
        frames = frames.subspan(count);
    }
    return true;
}

End DeviceCapture::ending(const Counts& counts, std::uint64_t file_bytes) const {
    const auto& plan = point_.plan();
    const std::uint64_t mib = std::uint64_t{1} << 20U;
    const std::uint64_t size =
        counts.buffer_kib ? *counts.buffer_kib << 10U : std::uint64_t{plan.buffer_mib} * mib;
    const std::uint64_t used = counts.used_kib ? *counts.used_kib << 10U : file_bytes;
    // the last packet that did not fit leaves a rest
    const bool is_full = size > 0 && used >= size - size / 20;

    End end{.reason = EndReason::stopped, .at = base::wall_now(), .message = {}};
    const auto note = [&](Errc errc, std::string_view what) {
        end.notes.push_back(device_.told(errc, what));
    };
    if (plan.circular && is_full) {
        note(Errc::device_tail_only, text("its circular buffer of ", size / mib,
                                          " MiB was full: only the last packets were kept"));
    }
    if (counts.asic_dropped.value_or(0) > 0) {
        note(Errc::device_dropped, text("its hardware dropped ", *counts.asic_dropped, " bytes"));
    }
    if (left_ == Left::file && !counts.dropped) {
        note(Errc::device_dropped, "what it dropped is not known");
    }
    if (seen_.state != Watched::State::inactive) return end;
    end.at = seen_.at;
    // One that was taken up ends when it was to, or before: only a full buffer tells which.
    const bool is_early = seen_.on < watched_->due && watched_->due != base::never;
    if (!is_early && !(is_full && !plan.circular)) return end;
    end.reason = EndReason::device;
    if (is_full) end.errc = Errc::device_buffer_full;
    end.message =
        device_
            .told(end.errc, is_full ? text("its buffer of ", size / mib,
                                           " MiB was full, and so the capture ended early")
                                    : std::string("it ended the capture early, by itself"))
            .message;
    return end;
}

}  // namespace xpc::capture::ios_xe
