#pragma once

#include <optional>

#include "api/http.hpp"
#include "base/error.hpp"
#include "job/idempotency.hpp"

namespace xpc::api {

/// The Idempotency-Key of a request, if it has one: a string of RFC 8941 (`"8e03978e"`), or the
/// same without its quotes; 1 to 255 printable characters of ASCII.
/// Errors: invalid_value, with job::key_field.
[[nodiscard]] base::Result<std::optional<job::IdempotencyKey>> idempotency_key(
    const Request& request);

}  // namespace xpc::api
