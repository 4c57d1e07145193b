#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace xpc::job {

// The files on disk that belong to a job while it is not delivered: ID.pcap, or for a capture that
// is cut into several ID-0001.pcap and so on. What they hold is pcapng, or classic pcap; a note of
// the store's stands beside a file, with its name and a suffix.

[[nodiscard]] std::filesystem::path spool_path(const std::filesystem::path& spool_dir,
                                               std::string_view job_id);

[[nodiscard]] std::filesystem::path segment_spool_path(const std::filesystem::path& spool_dir,
                                                       std::string_view job_id,
                                                       std::uint32_t number);

/// The job that a file in the spool belongs to, if its name begins as those of ours do.
[[nodiscard]] std::string job_of_spool_file(std::string_view name);

/// The numbers of the job's segments that are in the spool, ascending.
[[nodiscard]] std::vector<std::uint32_t> spooled_segments(const std::filesystem::path& spool_dir,
                                                          std::string_view job_id);

/// All that the spool has of the job, but for the notes of uploads that its store may have open,
/// and what was set aside.
void remove_spool_files(const std::filesystem::path& spool_dir, std::string_view job_id);

/// Behind this stands the name that a file had: it can not be read, and is kept for a person to
/// look at for as long as there is its job.
inline constexpr std::string_view set_aside_prefix = "unreadable-";

void remove_set_aside(const std::filesystem::path& spool_dir, std::string_view job_id);

}  // namespace xpc::job
