#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture {

enum class Protocol {
    any,  ///< every frame, of whatever kind
    ip,   ///< IPv4 and IPv6
    tcp,
    udp,
    icmp,  ///< ICMP and ICMPv6
    ospf,
    eigrp
};

enum class Family { ipv4, ipv6 };

/// A host, or a network. `text` is the canonical form ("2001:db8::1") of the host, or of the first
/// address of the network.
struct Address {
    Family family{};
    std::string text;
    std::uint8_t prefix = 0;  ///< bits that count: 32, or 128, of a host

    friend bool operator==(const Address&, const Address&) = default;
};

/// Which way frames go, seen from this host.
enum class Direction { both, in, out };

/// What to keep, checked. An absent address is any.
struct Filter {
    Protocol protocol = Protocol::any;
    std::optional<Address> source;
    std::optional<Address> destination;
    std::optional<std::uint16_t> source_port;
    std::optional<std::uint16_t> destination_port;
    bool bidirectional = false;  ///< also what the destination sends to the source
    std::string expression;      ///< of pcap-filter(7), which also has to match; empty: none
    Direction direction = Direction::both;

    friend bool operator==(const Filter&, const Filter&) = default;
};

/// What `proto` may be.
[[nodiscard]] std::span<const std::string_view> protocol_words() noexcept;

/// The words of a request as a Filter.
/// Errors: invalid_value with field "proto", "src" or "dst"; family_mismatch with field "dst".
[[nodiscard]] base::Result<Filter> parse_filter(std::string_view proto, std::string_view src,
                                                std::string_view dst, bool bidirectional);

/// The filter in the language of pcap-filter(7), for frames of that link type; empty where
/// everything is kept. On Ethernet it finds its packets also behind up to two more 802.1Q tags than
/// the one that the kernel takes off.
[[nodiscard]] std::string pcap_expression(const Filter& filter, pcap::LinkType link_type);

}  // namespace xpc::capture
