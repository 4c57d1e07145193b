#pragma once

#include "base/json.hpp"
#include "job/rehearsal.hpp"

namespace xpc::api {

/// The reply to a dry run.
[[nodiscard]] base::Json to_json(const job::Rehearsal& rehearsal);

}  // namespace xpc::api
