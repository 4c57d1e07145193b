#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace xpc::sink::s3 {

/// When keys expire, in the forms that sources write it in: RFC 3339 with "T" or a space, "Z" or
/// "z", an offset "+02:00", "+0200" or "+02", a fraction or none, and ISO 8601's basic form
/// "20261123T081530Z". Nothing where it is no time, or says nothing of its zone.
[[nodiscard]] std::optional<base::WallTime> parse_expiration(std::string_view raw);

}  // namespace xpc::sink::s3
