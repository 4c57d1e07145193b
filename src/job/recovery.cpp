#include "job/recovery.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "job/object_keys.hpp"
#include "job/spool_files.hpp"
#include "job/spool_remains.hpp"
#include "sink/compressing_sink.hpp"
#include "sink/spool_file.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::text;

/// What there is to deliver, in one file or several.
struct Salvaged {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    base::WallTime last_written;
};

/// Cuts what is not whole off; what can not be read at all stays.
std::string cut_and_tell(const std::filesystem::path& path, const Remains& remains) {
    const std::string size = text(base::grouped(remains.bytes), " bytes");
    if (!remains.whole) {
        return text("its ", size, " can not be read: ", remains.whole.error().message);
    }
    if (remains.is_all_whole()) return {};
    cut_spool(path, remains.whole->whole_bytes);
    return text("the last ", base::grouped(remains.bytes - remains.whole->whole_bytes), " of its ",
                size, " were no whole packets, and are cut off");
}

/// Also what was packed of it, which a power cut may leave without it.
void remove_with_packed(const std::filesystem::path& path) {
    sink::remove_spool_file(path);
    sink::remove_spool_file(sink::compressed_path(path));
}

std::optional<Salvaged> all_of(const std::vector<Segment>& segments, base::WallTime last_written) {
    if (segments.empty()) return std::nullopt;
    Salvaged all{.last_written = last_written};
    for (const Segment& segment : segments) {
        all.frames += segment.frames;
        all.bytes += segment.bytes;
    }
    return all;
}

/// Of those that are not delivered, the oldest that are too many: the server was killed before it
/// removed them.
void forget_oldest(Job& job, const std::filesystem::path& spool_dir, Store& store) {
    const auto kept = job.request.segments_kept;
    if (kept == 0) return;
    while (job.objects.size() > kept && job.objects.front().delivery == Delivery::none) {
        const auto number = job.objects.front().number;
        remove_with_packed(segment_spool_path(spool_dir, job.id, number));
        store.remove_segment(job.id, number);
        job.objects.erase(job.objects.begin());
    }
}

/// The job as stopped by a crash, with what was found of it, and what is the matter with that.
Job stopped_by_crash(Job job, const std::optional<Salvaged>& found, const std::string& damage) {
    job.stop_reason = StopReason::crash;
    job.position = {.state = State::stopped, .delivery = found ? Delivery::none : Delivery::failed};
    const bool had_ended = job.stopped_at.has_value();
    if (!had_ended) job.stopped_at = found ? found->last_written : base::wall_now();
    const auto told = [&](Errc errc, const auto&... what) {
        job.errors.push_back({.errc = errc,
                              .message = text("the server was killed ", what..., damage),
                              .field = {}});
    };
    if (!found && damage.empty()) {
        told(Errc::interrupted, "before anything of this capture was on the disk");
        job.counters = {};  // also where it had been told to stop, and had counted
        return job;
    }
    const std::string_view when =
        had_ended ? "while it ended this capture" : "while this capture ran";
    if (!found) {
        told(Errc::corrupt, when, ", and nothing of it can be read");
        return job;
    }
    // what the kernel counted died with the server: known is what is on the disk
    job.counters = {.received = found->frames, .captured = found->frames, .bytes = found->bytes};
    told(Errc::interrupted, when, ": the file holds the ", base::grouped(found->frames),
         " packets written until ", base::rfc3339(found->last_written),
         "; later ones are missing, and how many were lost before is not known");
    return job;
}

}  // namespace

Job salvage(Job job, const std::filesystem::path& spool_file) {
    std::optional<Salvaged> found;
    std::string damage;
    if (const auto remains = look_at_spool(spool_file)) {
        const auto cut = cut_and_tell(spool_file, *remains);
        if (!cut.empty()) damage = text("; spool ", spool_file.native(), ": ", cut);
        if (remains->whole) {
            found = {.frames = remains->whole->frames,
                     .bytes = remains->whole->whole_bytes,
                     .last_written = remains->last_written};
        }
    } else {
        remove_with_packed(spool_file);
    }
    return stopped_by_crash(std::move(job), found, damage);
}

Job salvage_segments(Job job, const std::filesystem::path& spool_dir, Store& store) {
    std::string damage;
    std::erase_if(job.objects, [](const Segment& segment) {
        return segment.delivery != Delivery::delivered;  // these are on the disk, and found there
    });
    auto last_written = job.started_at.value_or(job.created_at);
    for (const std::uint32_t number : spooled_segments(spool_dir, job.id)) {
        const auto path = segment_spool_path(spool_dir, job.id, number);
        const bool is_delivered = std::ranges::any_of(
            job.objects, [number](const Segment& segment) { return segment.number == number; });
        const auto remains = is_delivered ? std::nullopt : look_at_spool(path);
        if (!remains) {  // or made ready for frames that never came
            remove_with_packed(path);
            continue;
        }
        const auto cut = cut_and_tell(path, *remains);
        if (!cut.empty()) damage += text("; spool ", path.native(), ": ", cut);
        if (!remains->whole) {
            damage += text("; it is kept as ", set_spool_aside(path).native());
            store.remove_segment(job.id, number);
            continue;
        }
        job.objects.push_back({.number = number,
                               .key = segment_key(job.destination.key, number),
                               .frames = remains->whole->frames,
                               .bytes = remains->whole->whole_bytes,
                               .delivery = Delivery::none,
                               .receipt = {}});
        last_written = std::max(last_written, remains->last_written);
        store.put_segment(job.id, job.objects.back());
    }
    forget_oldest(job, spool_dir, store);
    const auto found = all_of(job.objects, last_written);
    return stopped_by_crash(std::move(job), found, damage);
}

}  // namespace xpc::job
