#include "job/recovery.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mapping.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
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

}  // namespace

Job salvage(Job job, const std::filesystem::path& spool_file) {
    const auto salvaged = cut_to_whole_frames(spool_file);
    job.stop_reason = StopReason::crash;
    job.position = {.state = State::stopped,
                    .delivery = salvaged ? Delivery::none : Delivery::failed};
    const auto told = [&job](std::string message) {
        job.errors.push_back(
            {.errc = Errc::interrupted, .message = std::move(message), .field = {}});
    };
    if (!salvaged) {
        if (!job.stopped_at) job.stopped_at = base::wall_now();
        told("the server was killed before anything of this capture was on the disk");
        return job;
    }
    const bool had_ended = job.stopped_at.has_value();
    if (!had_ended) job.stopped_at = salvaged->last_written;
    // what the kernel counted died with the server: known is what the file holds
    job.counters = {.received = salvaged->extent.frames,
                    .captured = salvaged->extent.frames,
                    .bytes = salvaged->extent.whole_bytes};
    told(text("the server was killed while ",
              had_ended ? "it ended this capture" : "this capture ran", ": the file holds the ",
              base::grouped(salvaged->extent.frames), " packets written until ",
              base::rfc3339(salvaged->last_written),
              "; later ones are missing, and how many were lost before is not known"));
    return job;
}

}  // namespace xpc::job
