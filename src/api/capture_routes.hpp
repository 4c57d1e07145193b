#pragma once

#include <vector>

#include "api/router.hpp"
#include "job/events.hpp"
#include "job/supervisor.hpp"
#include "sink/sinks.hpp"

namespace xpc::api {

/// What was captured, as bytes: /api/v1/jobs/{id}/file and …/stream, and /objects.
/// Lifetime: all of them outlive the routes, and what they have answered.
[[nodiscard]] std::vector<Route> capture_routes(job::Supervisor& supervisor, job::Events& events,
                                                const sink::Sinks& sinks);

}  // namespace xpc::api
