#include "job/capture_file.hpp"

#include <limits>

#include <sys/utsname.h>

#include "base/text.hpp"

namespace xpc::job {
namespace {

using base::text;

std::string system_name() {
    utsname names{};
    if (::uname(&names) != 0) return {};
    return text(names.sysname, ' ', names.release, ' ', names.machine);
}

std::string who_and_why(const Job& job) {
    std::string words = text("xepacketcap job ", job.id, " (", job.number, ")");
    if (!job.request.by.empty()) words += text(", asked for by ", job.request.by);
    if (!job.request.comment.empty()) words += text(": ", job.request.comment);
    return words;
}

}  // namespace

CaptureFile::CaptureFile(const Job& job, const std::vector<capture::Description>& sources,
                         pcap::FileFormat format)
    : format_(format),
      writer_(format),
      section_{.hardware = {},
               .os = system_name(),
               .application = "xepacketcap " XPC_VERSION,
               .comments = {who_and_why(job)}} {
    for (const capture::Description& source : sources) {
        interfaces_.push_back({.name = source.interface,
                               .link_type = source.link_type,
                               .snaplen = source.snaplen,
                               .filter = source.filter,
                               .os = section_.os,
                               .comment = source.hardware_time
                                              ? "time stamps are the network card's"
                                              : "time stamps are the kernel's (software)"});
    }
}

std::vector<std::byte> CaptureFile::head() const {
    return pcap::file_head(format_, section_, interfaces_);
}

std::uint64_t CaptureFile::bytes_without_frames(const JobRequest& request,
                                                const std::vector<capture::Description>& sources) {
    // the numbers in the comment are as long as they get
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const Counters counters{.received = most,
                            .captured = most,
                            .filtered = most,
                            .dropped_ring = most,
                            .dropped_queue = most,
                            .dropped_disk = most};
    const CaptureFile file(stand_in(request), sources, request.format);
    const auto statistics = file.statistics(std::vector(sources.size(), counters), {}, {});
    return file.head().size() + statistics.size();
}

std::vector<std::byte> CaptureFile::statistics(const std::vector<Counters>& interfaces,
                                               base::WallTime began, base::WallTime now) const {
    std::vector<std::byte> blocks;
    for (std::uint32_t i = 0; i < interfaces.size(); ++i) {
        const Counters& counters = interfaces[i];
        const auto block = pcap::statistics_block(
            format_,
            {.interface_id = i,
             .start = began,
             .end = now,
             .received = counters.received,
             .dropped = counters.dropped_ring + counters.dropped_queue + counters.dropped_disk,
             .accepted = counters.received - counters.filtered,
             .os_dropped = counters.dropped_ring,
             .delivered = counters.captured,
             .comment = text("received ", counters.received, " = captured ", counters.captured,
                             " + filtered ", counters.filtered, " + dropped by ring ",
                             counters.dropped_ring, ", queue ", counters.dropped_queue, ", disk ",
                             counters.dropped_disk)});
        blocks.insert(blocks.end(), block.begin(), block.end());
    }
    return blocks;
}

}  // namespace xpc::job
