#pragma once

#include <functional>
#include <memory>

#include "api/http.hpp"

namespace xpc::api {

/// `body`, for as long as its reader may have it: `is_admitted` is asked each five seconds, by the
/// thread that next() has, and where it says no, or throws a Failure, the stream breaks.
/// Lifetime: what `is_admitted` uses outlives it.
[[nodiscard]] std::unique_ptr<BodyStream> admitted_stream(std::unique_ptr<BodyStream> body,
                                                          std::function<bool()> is_admitted);

}  // namespace xpc::api
