#pragma once

#include <cstdint>

namespace xpc::sink::s3 {

/// What the first parts of an upload have when it begins with so many bytes there: 8 MiB, so that
/// little is left to send when a capture stops, and 16 MiB for a file that waits, of which a store
/// takes so more in a second.
[[nodiscard]] std::uint64_t usual_part(std::uint64_t bytes_there) noexcept;

/// Of part `number` (1 to `most_parts`), when parts of `part_bytes` are wished for. A capture whose
/// length nobody knows may become as large as an object can be (5 TiB): parts double after each
/// 950. Until then all have one size, which some stores insist on.
[[nodiscard]] std::uint64_t part_size(unsigned number, std::uint64_t part_bytes) noexcept;

// AWS, "Amazon S3 multipart upload limits"
inline constexpr unsigned most_parts = 10'000;
inline constexpr std::uint64_t smallest_part = std::uint64_t{5} << 20U;
inline constexpr std::uint64_t largest_part = std::uint64_t{5} << 30U;

}  // namespace xpc::sink::s3
