#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/sha256_blocks.hpp"

namespace xpc::base {

/// SHA-256 (FIPS 180-4) by the processor's own instructions, where has_sha256_instructions(). Whole
/// blocks may also be taken from outside.
class ProcessorSha256 {
public:
    [[nodiscard]] bool is_between_blocks() const noexcept { return rest_bytes_ == 0; }

    /// For compress_both() of so many bytes.
    [[nodiscard]] Sha256State& state_for(std::uint64_t bytes) noexcept {
        bytes_ += bytes;
        return state_;
    }

    void add(std::span<const std::byte> bytes) noexcept;

    /// Of all so far, raw. Nothing can be added afterwards.
    [[nodiscard]] std::string finish();

private:
    void keep(std::span<const std::byte> bytes) noexcept;

    Sha256State state_ = sha256_start;
    std::array<std::byte, sha256_block> rest_{};
    std::size_t rest_bytes_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace xpc::base
