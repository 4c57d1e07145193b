#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "api/http.hpp"
#include "api/wire_json.hpp"
#include "base/json.hpp"
#include "job/job.hpp"
#include "job/job_limits.hpp"

namespace xpc::api {

using ParseRequest = std::function<base::Result<job::JobRequest>(const base::Json& body)>;

/// What `act` makes of the capture that the body of a request describes, as `parse` reads it,
/// within the limits of its caller. `interface_name`: the member by which a client names a single
/// interface. Errors: those of parse_body(), `parse`, job::apply() and `act`, with the member's
/// name as the client wrote it.
template <typename Act>
[[nodiscard]] std::invoke_result_t<Act, const job::JobRequest&> act_on_request(
    const Request& request, const ParseRequest& parse, const std::string& interface_name,
    Act&& act) {
    const auto body = parse_body(request);
    if (!body) return std::unexpected(body.error());
    auto wanted = parse(*body);
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    using Outcome = std::invoke_result_t<Act, const job::JobRequest&>;
    const auto allowed = job::apply(request.caller.limits, *wanted);
    auto outcome =
        allowed ? std::forward<Act>(act)(*wanted) : Outcome(std::unexpected(allowed.error()));
    if (!outcome && outcome.error().field == "interfaces" && body->find(interface_name)) {
        outcome.error().field = interface_name;
    }
    return outcome;
}

}  // namespace xpc::api
