#include "base/processor_sha256.hpp"

#include <algorithm>

namespace xpc::base {

void ProcessorSha256::add(std::span<const std::byte> bytes) noexcept {
    bytes_ += bytes.size();
    if (rest_bytes_ > 0) {
        const auto head = bytes.first(std::min(bytes.size(), sha256_block - rest_bytes_));
        keep(head);
        bytes = bytes.subspan(head.size());
        if (rest_bytes_ < sha256_block) return;
        compress(state_, rest_);
        rest_bytes_ = 0;
    }
    const auto blocks = bytes.first(bytes.size() / sha256_block * sha256_block);
    compress(state_, blocks);
    keep(bytes.subspan(blocks.size()));
}

/// 5.1.1: a one, zeros, and the number of bits.
std::string ProcessorSha256::finish() {
    const std::uint64_t bits = bytes_ * 8;
    constexpr std::array one = {std::byte{0x80}};
    constexpr std::array<std::byte, sha256_block> zeros{};
    std::array<std::byte, 8> length{};
    for (std::size_t at = 0; at < length.size(); ++at)
        length[at] = static_cast<std::byte>(bits >> (56 - 8 * at));
    add(one);
    const std::size_t filled = rest_bytes_ + length.size();
    add(std::span(zeros).first((2 * sha256_block - filled) % sha256_block));
    add(length);
    std::string digest;
    for (const std::uint32_t word : state_) {
        for (const unsigned shift : {24U, 16U, 8U, 0U})
            digest.push_back(static_cast<char>(word >> shift));
    }
    return digest;
}

void ProcessorSha256::keep(std::span<const std::byte> bytes) noexcept {
    std::ranges::copy(bytes, rest_.begin() + static_cast<std::ptrdiff_t>(rest_bytes_));
    rest_bytes_ += bytes.size();
}

}  // namespace xpc::base
