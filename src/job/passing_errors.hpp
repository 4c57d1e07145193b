#pragma once

#include "job/job.hpp"

namespace xpc::job {

/// Whether what failed for that reason may do better later.
[[nodiscard]] bool may_pass(const base::Error& error) noexcept;

/// What a job waits for is shown as its last error, until that is over.
void forget_what_passed(Job& job);

}  // namespace xpc::job
