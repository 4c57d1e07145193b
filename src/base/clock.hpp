#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace xpc::base {

/// Nanoseconds since the Unix epoch, UTC.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// When a wait ends. Not moved by changes of the wall clock.
using Deadline = std::chrono::steady_clock::time_point;

inline constexpr Deadline never = Deadline::max();

[[nodiscard]] WallTime wall_now();

[[nodiscard]] inline Deadline in(std::chrono::nanoseconds duration) {
    return std::chrono::steady_clock::now() + duration;
}

/// "2026-11-23T08:15:30.123456Z" (RFC 3339, UTC, microseconds).
[[nodiscard]] std::string rfc3339(WallTime when);

/// The same read, to the second: a fraction may be there, and "Z" or an offset.
/// Nothing where it is no time; the nearest of 1970 to 2262 where WallTime does not reach.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view raw) noexcept;

/// "20261123T081530Z" (ISO 8601 basic, as SigV4 signs it).
[[nodiscard]] std::string iso8601_basic(WallTime when);

/// "Mon, 23 Nov 2026 08:15:30 GMT" (RFC 9110, 5.6.7).
[[nodiscard]] std::string http_date(WallTime when);

/// The same read. Nothing where it is no such date.
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view raw) noexcept;

/// "90", "90 s", "500 ms", "10m", "1.5 h" (units ms, s, m or min, h, d; without one: seconds).
/// Errors: invalid_value; negative, empty, an unknown unit, or more than 100 years.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view raw);

/// "10 s", "2 min 30 s", "24 h": for people.
[[nodiscard]] std::string human_duration(std::chrono::milliseconds duration);

}  // namespace xpc::base
