#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace xpc::sink::s3 {

/// What the first parts of an upload have, so that little is left to send when a capture stops.
inline constexpr std::uint64_t live_part = std::uint64_t{8} << 20U;

/// What they have of a file that waits when its upload begins, and has so many bytes: with many of
/// them twice that, of which a store takes more in a second.
[[nodiscard]] std::uint64_t part_for_file(std::uint64_t bytes) noexcept;

/// What they have of a file that grew by so many bytes in that time: where it comes faster than
/// stores take small parts, the store is what is waited for when a capture stops.
[[nodiscard]] std::uint64_t part_for_growth(std::uint64_t bytes,
                                            base::Deadline::duration took) noexcept;

/// Of part `number` (1 to `most_parts`), when parts of `part_bytes` are wished for. A capture whose
/// length nobody knows may become as large as an object can be (5 TiB): parts double after each
/// 950. Until then all have one size, which some stores insist on.
[[nodiscard]] std::uint64_t part_size(unsigned number, std::uint64_t part_bytes) noexcept;

// AWS, "Amazon S3 multipart upload limits"
inline constexpr unsigned most_parts = 10'000;
inline constexpr std::uint64_t smallest_part = std::uint64_t{5} << 20U;
inline constexpr std::uint64_t largest_part = std::uint64_t{5} << 30U;

}  // namespace xpc::sink::s3
