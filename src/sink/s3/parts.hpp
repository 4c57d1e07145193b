#pragma once

#include <cstdint>

namespace xpc::sink::s3 {

/// Of part `number` (1 to `most_parts`), when parts of `part_bytes` are wished for. A capture whose
/// length nobody knows may become as large as an object can be (5 TiB): parts double after each
/// 950. Until then all have one size, which some stores insist on.
[[nodiscard]] std::uint64_t part_size(unsigned number, std::uint64_t part_bytes) noexcept;

// AWS, "Amazon S3 multipart upload limits"
inline constexpr unsigned most_parts = 10'000;
inline constexpr std::uint64_t largest_part = std::uint64_t{5} << 30U;

}  // namespace xpc::sink::s3
