#pragma once

#include <string_view>
#include <vector>

namespace xpc::base {

/// The `code` of each Errc, in their order.
[[nodiscard]] std::vector<std::string_view> error_codes();

}  // namespace xpc::base
