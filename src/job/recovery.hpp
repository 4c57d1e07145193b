#pragma once

#include <filesystem>

#include "job/job.hpp"
#include "job/store.hpp"

namespace xpc::job {

/// Ends the capture of a job that was running when the server was killed: cuts its spool file after
/// the last complete frame, and gives the job as stopped, with what the file holds, what of it
/// could not be read, and what is not known. Where there is nothing to deliver, the job has failed;
/// an empty file is removed.
/// Errors: Failure(io) when the file can not be cut.
[[nodiscard]] Job salvage(Job job, const std::filesystem::path& spool_file);

/// Likewise for a capture that is cut into several files. Those that are on the disk and not
/// delivered are stored as segments, each cut where it is whole. One that can not be read at all is
/// set aside. Where the last so many are wanted, the others are removed.
/// Errors: Failure(io, database).
[[nodiscard]] Job salvage_segments(Job job, const std::filesystem::path& spool_dir, Store& store);

}  // namespace xpc::job
