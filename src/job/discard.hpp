#pragma once

#include <cstddef>
#include <filesystem>

#include "base/stop.hpp"
#include "job/job.hpp"

namespace xpc::sink {
class Sinks;
}

namespace xpc::job {

class Store;

/// Has the stores forget what was begun to be delivered of that job, and has no receipt. The files
/// in the spool stay. Blocking: 2 s at most for each of them. What fails is logged.
void discard_begun(const sink::Sinks& sinks, const Job& job,
                   const std::filesystem::path& spool_dir);

/// Likewise for all jobs that are at their end, and those that are no more: what could not be done
/// then. Returns for how many files that was tried. Errors: Failure(database).
std::size_t discard_forgotten(const sink::Sinks& sinks, Store& store,
                              const std::filesystem::path& spool_dir, const base::Stop& stop);

}  // namespace xpc::job
