#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

/// A numbered frame: Ethernet, IPv4 without options, UDP, and at the start of its payload a magic
/// and a number, both in this machine's byte order. It fits a frame of 64 bytes.
namespace xpc::bench::numbered {

inline constexpr std::size_t ethernet_bytes = 14;
inline constexpr std::size_t ip_bytes = 20;
inline constexpr std::size_t udp_bytes = 8;
inline constexpr std::size_t magic_offset = ethernet_bytes + ip_bytes + udp_bytes;
inline constexpr std::size_t number_offset = magic_offset + sizeof(std::uint64_t);
inline constexpr std::size_t head_bytes = number_offset + sizeof(std::uint64_t);

inline constexpr std::uint64_t magic = 0x9e3779b97f4a7c15;

/// The number of a frame; nothing when it is none of ours, or cut before the number.
[[nodiscard]] inline std::optional<std::uint64_t> number_of(
    std::span<const std::byte> frame) noexcept {
    if (frame.size() < head_bytes) return std::nullopt;
    std::uint64_t found = 0;
    std::memcpy(&found, frame.data() + magic_offset, sizeof found);
    if (found != magic) return std::nullopt;
    std::memcpy(&found, frame.data() + number_offset, sizeof found);
    return found;
}

}  // namespace xpc::bench::numbered
