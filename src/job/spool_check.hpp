#pragma once

#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "job/job.hpp"
#include "job/store.hpp"

namespace xpc::job {

/// Compares what a job, whose capture had ended when its server did, has in the spool with what was
/// written then. A file that has lost something is cut where it is whole, a segment that can not be
/// read at all is set aside, and the job's counters follow: packets that are gone are the disk's.
/// Tells the damage; nothing where there is none.
/// Errors: Failure(corrupt) when there is nothing left to deliver; Failure(io, database).
[[nodiscard]] std::optional<base::Error> check_spool(Job& job,
                                                     const std::filesystem::path& spool_dir,
                                                     Store& store);

}  // namespace xpc::job
