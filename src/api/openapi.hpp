#pragma once

#include "api/router.hpp"

namespace xpc::api {

/// What this API is, as OpenAPI 3.1.1: the document openapi.json with what the code knows put in:
/// the members of requests from the code that reads them, what the door refuses from the table of
/// access, and the words of states and errors.
[[nodiscard]] base::Json openapi_document();

/// GET /openapi.json, and GET /docs: the same for people, in a page that loads nothing else.
[[nodiscard]] std::vector<Route> openapi_routes();

}  // namespace xpc::api
