#pragma once

#include "api/http_metrics.hpp"
#include "api/router.hpp"
#include "job/supervisor.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"

namespace xpc::api {

/// /metrics, as Prometheus reads it.
/// Lifetime: all of them outlive the route.
[[nodiscard]] Route metrics_route(job::Supervisor& supervisor, const sink::Sinks& sinks,
                                  const sink::SpoolSpace& spool_space, const HttpMetrics& http);

}  // namespace xpc::api
