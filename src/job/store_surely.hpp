#pragma once

#include <functional>
#include <string>

#include "base/stop.hpp"

namespace xpc::job {

/// Calls `change`, which changes the job store, every second until that works: its disk may be
/// full. False where `stop` comes first. Errors: Failure(conflict), of `change`.
[[nodiscard]] bool store_surely(const std::string& job_id, const base::Stop& stop,
                                const std::function<void()>& change);

}  // namespace xpc::job
