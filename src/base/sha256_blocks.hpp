#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace xpc::base {

// SHA-256's compression (FIPS 180-4, 6.2.2) by the SHA extensions of x86 processors.

inline constexpr std::size_t sha256_block = 64;

using Sha256State = std::array<std::uint32_t, 8>;

/// FIPS 180-4, 5.3.3.
inline constexpr Sha256State sha256_start = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// Whether this processor has what the functions below need; else they must not be called.
[[nodiscard]] bool has_sha256_instructions() noexcept;

/// Takes whole blocks into `state`.
void compress(Sha256State& state, std::span<const std::byte> blocks) noexcept;

/// The same blocks into two states, which costs little more than into one: they have one message
/// schedule, and the rounds of the one run while those of the other wait for their results.
void compress_both(Sha256State& first, Sha256State& second,
                   std::span<const std::byte> blocks) noexcept;

}  // namespace xpc::base
