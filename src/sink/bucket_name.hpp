#pragma once

#include <string_view>

#include "base/error.hpp"

namespace xpc::sink {

/// Whether S3 allows a bucket of that name; the embedded store has the same rules, so that a bucket
/// can move.
/// Errors: invalid_value with field "bucket", and what is wrong.
/// Source: AWS, "General purpose bucket naming rules".
[[nodiscard]] base::Result<void> check_bucket_name(std::string_view name);

}  // namespace xpc::sink
