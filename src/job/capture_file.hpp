#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "capture/engine.hpp"
#include "job/job.hpp"
#include "pcap/frame_writer.hpp"
#include "pcap/pcapng_blocks.hpp"

namespace xpc::job {

/// What the file of a job says of itself around its frames: who asked and why, where the frames
/// come from, and what was lost. The classic pcap format has a place for the link type only.
class CaptureFile {
public:
    CaptureFile(const Job& job, const std::vector<capture::Description>& sources,
                pcap::FileFormat format);

    [[nodiscard]] const pcap::FrameWriter& writer() const noexcept { return writer_; }

    [[nodiscard]] std::vector<std::byte> head() const;

    /// What the head and the statistics at the end of a file of that capture will take at most.
    [[nodiscard]] static std::uint64_t bytes_without_frames(
        const JobRequest& request, const std::vector<capture::Description>& sources);

    /// What was counted from `began` to `now` at each interface. Empty for formats that have no
    /// place for it.
    [[nodiscard]] std::vector<std::byte> statistics(const std::vector<Counters>& interfaces,
                                                    base::WallTime began, base::WallTime now) const;

private:
    pcap::FileFormat format_;
    pcap::FrameWriter writer_;
    pcap::Section section_;
    std::vector<pcap::InterfaceDescription> interfaces_;
};

}  // namespace xpc::job
