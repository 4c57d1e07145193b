#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace xpc::base {

// Digests are raw bytes (32 or 16 of them), not hex: see base::hex.

[[nodiscard]] std::string sha256(std::span<const std::byte> bytes);
[[nodiscard]] std::string sha256(std::string_view text);

/// Only for what other people compute with it: S3's ETags.
[[nodiscard]] std::string md5(std::string_view text);

/// RFC 2104 with SHA-256.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view text);

/// Bytes fit for names and keys, from the kernel.
void fill_random(std::span<std::uint8_t> out);

/// From 0 to 1, from the kernel.
[[nodiscard]] double random_fraction();

}  // namespace xpc::base
