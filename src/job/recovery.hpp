#pragma once

#include <filesystem>

#include "job/job.hpp"
#include "job/store.hpp"

namespace xpc::job {

/// Ends the capture of a job that was running when the server was killed: cuts its spool file after
/// the last complete frame, and gives the job as stopped, with what the file holds and what is not
/// known. Where there is no file to keep, the job has failed.
/// Errors: Failure(io) when the file can not be cut.
[[nodiscard]] Job salvage(Job job, const std::filesystem::path& spool_file);

/// Likewise for a capture that is cut into several files. Those that are on the disk and not
/// delivered are stored as segments, the last of them cut where it is whole.
/// Errors: Failure(io, database).
[[nodiscard]] Job salvage_segments(Job job, const std::filesystem::path& spool_dir, Store& store);

}  // namespace xpc::job
