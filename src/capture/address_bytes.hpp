#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <netinet/in.h>

#include "capture/filter.hpp"

namespace xpc::capture {

/// An address as it is on the wire: four bytes, or sixteen, and zeros.
struct AddressBytes {
    Family family{};
    std::array<unsigned char, sizeof(in6_addr)> raw{};
};

/// Bits of a whole address: 32, or 128.
[[nodiscard]] constexpr std::uint8_t host_prefix(Family family) noexcept {
    return family == Family::ipv4 ? 32 : 128;
}

/// Nothing for what is no address of either family.
[[nodiscard]] std::optional<AddressBytes> address_bytes(std::string_view text);

/// "2001:db8::1" (RFC 5952).
[[nodiscard]] std::string canonical(const AddressBytes& address);

/// Only the first `prefix` bits of it.
[[nodiscard]] AddressBytes network_of(AddressBytes address, unsigned prefix) noexcept;

}  // namespace xpc::capture
