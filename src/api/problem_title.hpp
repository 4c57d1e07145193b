#pragma once

#include <string_view>

#include "base/error.hpp"

namespace xpc::api {

/// What a problem is, in a few words for a person; the same whenever it occurs (RFC 9457, 3.1.3).
[[nodiscard]] std::string_view problem_title(base::Errc errc) noexcept;

}  // namespace xpc::api
