#pragma once

#include <filesystem>

#include "job/job.hpp"

namespace xpc::sink {
class Sinks;
}

namespace xpc::job {

/// Has the stores forget what was begun to be delivered of that job, and has no receipt. The files
/// in the spool stay. Blocking: 2 s at most for each of them. What fails is logged.
void discard_begun(const sink::Sinks& sinks, const Job& job,
                   const std::filesystem::path& spool_dir);

}  // namespace xpc::job
