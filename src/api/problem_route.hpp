#pragma once

#include "api/router.hpp"

namespace xpc::api {

/// GET /problems/{code}: what the `type` of a problem leads to.
[[nodiscard]] Route problem_route();

}  // namespace xpc::api
