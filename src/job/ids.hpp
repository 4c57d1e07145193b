#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace xpc::job {

/// A UUID of version 7: sorts by time, can not be guessed (RFC 9562, 5.7).
[[nodiscard]] std::string make_uuid(base::WallTime now);

/// Whether it has the shape of one, in lower case.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;

inline constexpr std::int64_t smallest_number = 100'000;
inline constexpr std::int64_t largest_number = 999'999;

/// Six digits, at random.
[[nodiscard]] std::int64_t random_number();

}  // namespace xpc::job
