#pragma once

#include "base/json.hpp"
#include "job/token.hpp"

namespace xpc::job {

// As records and replies have them.

[[nodiscard]] base::Json scopes_json(const std::vector<Scope>& scopes);

/// With null where there is no limit; `duration` in seconds.
[[nodiscard]] base::Json limits_json(const JobLimits& limits);

[[nodiscard]] std::vector<Scope> scopes_from_json(const base::Json& stored);
[[nodiscard]] JobLimits limits_from_json(const base::Json& stored);

}  // namespace xpc::job
