#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xpc::base {

/// RFC 4648, 5, without padding: fit for the query of a URL.
[[nodiscard]] std::string base64url(std::string_view bytes);

/// The same read. Nothing where it is not what base64url() makes of anything.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view words);

}  // namespace xpc::base
