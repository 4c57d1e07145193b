#include "capture/ios_xe/acl.hpp"

#include <cstdint>

#include "base/text.hpp"
#include "capture/address_bytes.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

/// A one in the place of each bit that does not count (IOS, "wildcard mask").
std::string wildcard(std::uint8_t prefix) {
    AddressBytes mask{.family = Family::ipv4, .raw = {}};
    mask.raw.fill(0xFF);
    mask = network_of(mask, prefix);
    for (unsigned char& byte : mask.raw)
        byte = static_cast<unsigned char>(~byte);
    return canonical(mask);
}

/// "any", "host 10.0.0.1", "10.1.0.0 0.0.255.255", "2001:db8::/32". It is read and written anew:
/// no letter of what came in is in what goes out.
[[nodiscard]] Result<std::string> end_of(const std::optional<Address>& address,
                                         std::string_view field) {
    if (!address) return "any";
    const auto refusal = [&](std::string_view why) {
        return refuse(Errc::invalid_value, text(field, " ", base::quoted(address->text), why),
                      std::string(field));
    };
    const auto parsed = address_bytes(address->text);
    if (!parsed || parsed->family != address->family) return refusal(": is no address");
    const auto whole = host_prefix(address->family);
    if (address->prefix > whole) return refusal(": has no network of so many bits");
    if (address->prefix == 0) return "any";
    const auto first = canonical(network_of(*parsed, address->prefix));
    if (address->prefix == whole) return text("host ", first);
    if (address->family == Family::ipv6) return text(first, '/', address->prefix);
    return text(first, ' ', wildcard(address->prefix));
}

/// The keyword of a protocol in a list of that family; a number where the family has no word.
std::string_view protocol_word(Protocol protocol, Family family) {
    const bool is_v4 = family == Family::ipv4;
    switch (protocol) {
        case Protocol::any:
        case Protocol::ip:
            return is_v4 ? "ip" : "ipv6";
        case Protocol::tcp:
            return "tcp";
        case Protocol::udp:
            return "udp";
        case Protocol::icmp:
            return "icmp";
        case Protocol::ospf:
            return is_v4 ? "ospf" : "89";
        case Protocol::eigrp:
            return is_v4 ? "eigrp" : "88";
    }
    return "ip";
}

Family family_of(const Filter& filter) {
    if (filter.source) return filter.source->family;
    return filter.destination ? filter.destination->family : Family::ipv4;
}

std::string port_of(const std::optional<std::uint16_t>& port) {
    return port ? text(" eq ", *port) : std::string();
}

/// A port says that it is TCP or UDP, which are two entries.
[[nodiscard]] Result<std::vector<Protocol>> protocols_of(const Filter& filter) {
    if (!filter.source_port && !filter.destination_port) return std::vector{filter.protocol};
    switch (filter.protocol) {
        case Protocol::tcp:
        case Protocol::udp:
            return std::vector{filter.protocol};
        case Protocol::any:
        case Protocol::ip:
            return std::vector{Protocol::tcp, Protocol::udp};
        case Protocol::icmp:
        case Protocol::ospf:
        case Protocol::eigrp:
            break;
    }
    const char* const field = filter.source_port ? "src_port" : "dst_port";
    return refuse(Errc::invalid_value, text(field, ": only tcp and udp have ports"), field);
}

bool keeps_everything(const Filter& filter) {
    return filter.protocol == Protocol::any && !filter.source && !filter.destination &&
           !filter.source_port && !filter.destination_port;
}

}  // namespace

Result<Acl> acl_of(const Filter& filter) {
    if (!filter.expression.empty()) {
        return refuse(Errc::invalid_value,
                      "filter: a device with IOS-XE knows no expressions; use proto, src and dst",
                      "filter");
    }
    Acl acl{.family = family_of(filter), .entries = {}};
    if (keeps_everything(filter)) return acl;
    if (filter.source && filter.destination &&
        filter.source->family != filter.destination->family) {
        return refuse(Errc::family_mismatch, "dst: is of another address family than src", "dst");
    }
    auto protocols = protocols_of(filter);
    if (!protocols) return std::unexpected(std::move(protocols.error()));
    auto source = end_of(filter.source, "src");
    if (!source) return std::unexpected(std::move(source.error()));
    auto destination = end_of(filter.destination, "dst");
    if (!destination) return std::unexpected(std::move(destination.error()));
    *source += port_of(filter.source_port);
    *destination += port_of(filter.destination_port);
    for (const Protocol protocol : *protocols) {
        const auto permit = text("permit ", protocol_word(protocol, acl.family), ' ');
        acl.entries.push_back(text(permit, *source, ' ', *destination));
        if (!filter.bidirectional || *source == *destination) continue;
        acl.entries.push_back(text(permit, *destination, ' ', *source));
    }
    return acl;
}

std::string shown_filter(const Filter& filter) {
    if (keeps_everything(filter)) return {};
    const auto shown = pcap_expression(filter, pcap::LinkType::raw_ip);
    const bool has_family = filter.source || filter.destination;
    return has_family ? shown : text("ip and ", shown);
}

}  // namespace xpc::capture::ios_xe
