#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace xpc::base {

/// An IP address of either family: IPv4 as IPv6 has it (::ffff:192.0.2.1, RFC 4291, 2.5.5.2), which
/// is how a socket for both tells of a peer.
struct IpAddress {
    std::array<unsigned char, 16> raw{};

    [[nodiscard]] bool is_ipv4() const noexcept;

    /// 127.0.0.0/8 and ::1: nobody but this host.
    [[nodiscard]] bool is_loopback() const noexcept;

    friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// Nothing for what is no address. An IPv6 zone ("%eth0") is left out.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view raw);

/// Only the first `prefix` bits of it, of 128.
[[nodiscard]] IpAddress masked(IpAddress address, unsigned prefix) noexcept;

/// Addresses that have their first bits in common.
struct IpNetwork {
    IpAddress first;
    unsigned prefix = 0;  ///< of 128

    [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
};

/// "10.0.0.0/8", "2001:db8::/32", or one address. Nothing for what is none, also where bits behind
/// the prefix are set.
[[nodiscard]] std::optional<IpNetwork> parse_network(std::string_view raw);

}  // namespace xpc::base
