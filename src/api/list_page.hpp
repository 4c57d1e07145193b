#pragma once

#include <optional>
#include <string>

#include "api/http.hpp"
#include "base/error.hpp"
#include "job/list_query.hpp"

namespace xpc::api {

/// What the query of GET /api/v1/jobs asks for.
/// Errors: unknown_field, invalid_value, with the parameter as their field.
[[nodiscard]] base::Result<job::ListQuery> parse_list_query(const Request& request);

/// Where the page goes on that was asked for by this request, behind the job of that sequence; for
/// its parameter `cursor`. It is good for the same list only.
[[nodiscard]] std::string cursor_after(const Request& request, std::int64_t sequence);

/// What GET goes on with: the request's target with that cursor.
[[nodiscard]] std::string next_target(const Request& request, const std::string& cursor);

}  // namespace xpc::api
