#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "pcap/pcap_reader.hpp"

namespace xpc::job {

/// What is left of a spool file after a crash, or after its disk has damaged it.
struct Remains {
    std::uint64_t bytes = 0;  ///< more than none
    base::Result<pcap::Extent> whole;
    base::WallTime last_written;

    [[nodiscard]] bool is_all_whole() const noexcept {
        return whole && whole->whole_bytes == bytes;
    }
};

/// No more than its first `most_bytes`. Nothing where the file is empty, or not there. What is
/// whole ends where the disk does not give it back. Errors: Failure(io, …).
[[nodiscard]] std::optional<Remains> look_at_spool(const std::filesystem::path& path,
                                                   std::uint64_t most_bytes = UINT64_MAX);

/// Errors: Failure(io, …).
void cut_spool(const std::filesystem::path& path, std::uint64_t bytes);

/// Of a file that is no capture file any more: it gets a name that is no job's, so that it does not
/// go with its job, since a person may still get something out of it. The name.
/// Errors: Failure(io, …).
std::filesystem::path set_spool_aside(const std::filesystem::path& path);

}  // namespace xpc::job
