#pragma once

#include "api/own_url.hpp"
#include "api/router.hpp"
#include "job/supervisor.hpp"

namespace xpc::api {

/// /api/v1/jobs and what is below it, but for what was captured, and the health of the server.
/// Lifetime: the supervisor outlives the routes.
[[nodiscard]] std::vector<Route> job_routes(job::Supervisor& supervisor, OwnUrl own_url);

}  // namespace xpc::api
