#pragma once

#include <functional>
#include <string_view>

#include "api/http.hpp"
#include "api/own_url.hpp"
#include "base/json.hpp"
#include "job/supervisor.hpp"

namespace xpc::api {

/// Asks for the capture that the body of a request describes, as `parse` reads it.
/// `interface_name`: the member by which a client names a single interface.
/// Errors: those of parse_body(), `parse` and Supervisor::submit(), with the member's name as the
///         client wrote it.
[[nodiscard]] base::Result<job::Job> submit(
    job::Supervisor& supervisor, const OwnUrl& own_url, const Request& request,
    const std::function<base::Result<job::JobRequest>(const base::Json& body)>& parse,
    std::string_view interface_name);

}  // namespace xpc::api
