#pragma once

#include "api/own_url.hpp"
#include "api/router.hpp"
#include "job/supervisor.hpp"
#include "sink/sinks.hpp"

namespace xpc::api {

/// /api/v1/jobs and what is below it, /objects, and the health of the server.
/// Lifetime: supervisor and sinks outlive the routes.
[[nodiscard]] std::vector<Route> job_routes(job::Supervisor& supervisor, const sink::Sinks& sinks,
                                            OwnUrl own_url);

}  // namespace xpc::api
