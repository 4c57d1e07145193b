#include "job/recovery.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mapping.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "job/object_keys.hpp"
#include "job/spool_files.hpp"
#include "pcap/pcap_reader.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::Failure;
using base::text;

struct Salvaged {
    pcap::Extent extent;
    base::WallTime last_written;
};

std::optional<Salvaged> cut_to_whole_frames(const std::filesystem::path& path) {
    const auto file = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file.valid()) {
        if (errno == ENOENT) return std::nullopt;
        throw Failure::from_errno(text("spool ", path.native()), errno);
    }
    struct stat status{};
    if (::fstat(file.raw(), &status) != 0) throw Failure::from_errno(path.native(), errno);
    if (status.st_size == 0) return std::nullopt;
    const auto mapped = base::Mapping::read_only(file, 0, static_cast<std::size_t>(status.st_size),
                                                 text("spool ", path.native()));
    const auto extent = pcap::whole_extent(mapped.bytes());
    if (!extent) return std::nullopt;
    if (::ftruncate(file.raw(), static_cast<off_t>(extent->whole_bytes)) != 0 ||
        ::fdatasync(file.raw()) != 0) {
        throw Failure::from_errno(text("spool ", path.native(), ": cutting it"), errno);
    }
    return Salvaged{
        .extent = *extent,
        .last_written = base::WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                                       std::chrono::nanoseconds(status.st_mtim.tv_nsec))};
}

/// The job as stopped by a crash, with what was found of it.
Job stopped_by_crash(Job job, const std::optional<Salvaged>& found) {
    job.stop_reason = StopReason::crash;
    job.position = {.state = State::stopped, .delivery = found ? Delivery::none : Delivery::failed};
    const auto told = [&job](std::string message) {
        job.errors.push_back(
            {.errc = Errc::interrupted, .message = std::move(message), .field = {}});
    };
    if (!found) {
        if (!job.stopped_at) job.stopped_at = base::wall_now();
        told("the server was killed before anything of this capture was on the disk");
        return job;
    }
    const bool had_ended = job.stopped_at.has_value();
    if (!had_ended) job.stopped_at = found->last_written;
    // what the kernel counted died with the server: known is what is on the disk
    job.counters = {.received = found->extent.frames,
                    .captured = found->extent.frames,
                    .bytes = found->extent.whole_bytes};
    told(text("the server was killed while ",
              had_ended ? "it ended this capture" : "this capture ran", ": the file holds the ",
              base::grouped(found->extent.frames), " packets written until ",
              base::rfc3339(found->last_written),
              "; later ones are missing, and how many were lost before is not known"));
    return job;
}

}  // namespace

Job salvage(Job job, const std::filesystem::path& spool_file) {
    const auto found = cut_to_whole_frames(spool_file);
    return stopped_by_crash(std::move(job), found);
}

Job salvage_segments(Job job, const std::filesystem::path& spool_dir, Store& store) {
    std::optional<Salvaged> all;
    const auto count = [&all](const Salvaged& one) {
        if (!all) all = Salvaged{};
        all->extent.frames += one.extent.frames;
        all->extent.whole_bytes += one.extent.whole_bytes;
        all->last_written = std::max(all->last_written, one.last_written);
    };
    std::erase_if(job.objects, [](const Segment& segment) {
        return segment.delivery != Delivery::delivered;  // these are on the disk, and found there
    });
    for (const Segment& segment : job.objects) {
        count({.extent = {.whole_bytes = segment.bytes, .frames = segment.frames},
               .last_written = job.started_at.value_or(job.created_at)});
    }
    for (const std::uint32_t number : spooled_segments(spool_dir, job.id)) {
        const auto path = segment_spool_path(spool_dir, job.id, number);
        const bool is_delivered = std::ranges::any_of(
            job.objects, [number](const Segment& segment) { return segment.number == number; });
        const auto found = is_delivered ? std::nullopt : cut_to_whole_frames(path);
        if (!found) {  // or made ready for frames that never came
            remove_quietly(path);
            continue;
        }
        count(*found);
        job.objects.push_back({.number = number,
                               .key = segment_key(job.destination.key, number),
                               .frames = found->extent.frames,
                               .bytes = found->extent.whole_bytes,
                               .delivery = Delivery::none,
                               .receipt = {}});
        store.put_segment(job.id, job.objects.back());
    }
    return stopped_by_crash(std::move(job), all);
}

}  // namespace xpc::job
