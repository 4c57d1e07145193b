#pragma once

#include <string>

#include "api/own_url.hpp"
#include "api/router.hpp"
#include "job/supervisor.hpp"

namespace xpc::api {

/// The original API: /pcap_json and /status_json, unchanged for its clients. It captured where it
/// ran, which here is `device`.
/// Lifetime: the supervisor outlives the routes.
[[nodiscard]] std::vector<Route> legacy_routes(job::Supervisor& supervisor, OwnUrl own_url,
                                               std::string device);

}  // namespace xpc::api
