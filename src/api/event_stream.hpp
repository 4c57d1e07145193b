#pragma once

#include <vector>

#include "api/router.hpp"
#include "job/events.hpp"
#include "job/supervisor.hpp"

namespace xpc::api {

/// /api/v1/jobs/{id}/events and /api/v1/events: server-sent events, of one job until it is final,
/// and of all. A stream costs neither a thread nor a place among the ordinary connections.
/// Lifetime: supervisor and events outlive the routes, and what they have answered.
/// Source:   HTML, 9.2 "Server-sent events" (https://html.spec.whatwg.org/#server-sent-events)
[[nodiscard]] std::vector<Route> event_routes(job::Supervisor& supervisor, job::Events& events);

}  // namespace xpc::api
