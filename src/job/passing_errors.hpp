#pragma once

#include "job/job.hpp"

namespace xpc::job {

/// Whether what failed for that reason may do better later.
[[nodiscard]] bool may_pass(const base::Error& error) noexcept;

/// The same of a delivery, for which also a full disk, or a job store that does not store, may do
/// better later: no_resources.
[[nodiscard]] base::Error in_delivery(base::Error error);

/// What a job waits for is shown as its last error, until that is over.
void forget_what_passed(Job& job);

}  // namespace xpc::job
