#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace xpc::base {

template <std::unsigned_integral T>
[[nodiscard]] constexpr T byte_swapped(T value) noexcept {
    if constexpr (sizeof(T) == 1) {
        return value;
    } else if constexpr (sizeof(T) == 2) {
        return static_cast<T>(__builtin_bswap16(value));
    } else if constexpr (sizeof(T) == 4) {
        return __builtin_bswap32(value);
    } else {
        return __builtin_bswap64(value);
    }
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr T to_big_endian(T value) noexcept {
    return std::endian::native == std::endian::big ? value : byte_swapped(value);
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr T to_little_endian(T value) noexcept {
    return std::endian::native == std::endian::little ? value : byte_swapped(value);
}

/// The object representation of `value` at `at`, which has room for it.
template <typename T>
    requires std::is_trivially_copyable_v<T>
void store(std::byte* at, const T& value) noexcept {
    std::memcpy(at, &value, sizeof value);
}

/// The T that starts at `at` of `from`, where there are enough bytes for it.
template <typename T>
    requires std::is_trivially_copyable_v<T>
[[nodiscard]] T load(std::span<const std::byte> from, std::size_t at = 0) noexcept {
    T value{};
    std::memcpy(&value, from.data() + at, sizeof value);
    return value;
}

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace xpc::base
