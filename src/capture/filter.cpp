#include "capture/filter.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "capture/address_bytes.hpp"

namespace xpc::capture {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

constexpr auto protocols = std::to_array<std::pair<std::string_view, Protocol>>({
    {"any", Protocol::any},
    {"ip", Protocol::ip},
    {"tcp", Protocol::tcp},
    {"udp", Protocol::udp},
    {"icmp", Protocol::icmp},
    {"ospf", Protocol::ospf},
    {"eigrp", Protocol::eigrp},
});

constexpr auto words_of_protocols = [] {
    std::array<std::string_view, protocols.size()> words;
    std::ranges::transform(protocols, words.begin(), [](const auto& row) { return row.first; });
    return words;
}();

/// "any", "192.0.2.1", "10.0.0.0/8".
[[nodiscard]] Result<std::optional<Address>> parse_address(std::string_view raw,
                                                           const char* field) {
    if (raw == "any") return std::nullopt;
    const auto slash = raw.find('/');
    const auto bytes = address_bytes(raw.substr(0, slash));
    const auto most = bytes ? host_prefix(bytes->family) : std::uint8_t{0};
    const auto prefix = slash == std::string_view::npos
                            ? std::optional(most)
                            : base::parse_decimal<std::uint8_t>(raw.substr(slash + 1));
    if (!bytes || !prefix || *prefix > most) {
        return refuse(Errc::invalid_value,
                      text(field, " ", base::quoted(raw),
                           ": must be \"any\", an IPv4 or an IPv6 address, or a network such as "
                           "\"10.0.0.0/8\" or \"2001:db8::/32\""),
                      field);
    }
    const AddressBytes first = network_of(*bytes, *prefix);
    if (first.raw != bytes->raw) {
        return refuse(Errc::invalid_value,
                      text(field, " ", base::quoted(raw), ": that network begins with ",
                           canonical(first), ": say \"", canonical(first), "/", *prefix, "\""),
                      field);
    }
    return Address{.family = bytes->family, .text = canonical(first), .prefix = *prefix};
}

std::optional<Family> family_of(const Filter& filter) {
    if (filter.source) return filter.source->family;
    if (filter.destination) return filter.destination->family;
    return std::nullopt;
}

std::string protocol_expression(Protocol protocol, std::optional<Family> family) {
    const auto numbered = [family](std::string_view v4, std::string_view v6) {
        if (family == Family::ipv4) return std::string(v4);
        if (family == Family::ipv6) return std::string(v6);
        return text("(", v4, " or ", v6, ")");
    };
    switch (protocol) {
        case Protocol::any:
            return {};
        case Protocol::ip:
            return numbered("ip", "ip6");
        case Protocol::tcp:
            return numbered("ip proto 6", "ip6 proto 6");
        case Protocol::udp:
            return numbered("ip proto 17", "ip6 proto 17");
        case Protocol::icmp:
            return numbered("ip proto 1", "ip6 proto 58");
        // IANA protocol numbers: https://www.iana.org/assignments/protocol-numbers
        case Protocol::ospf:
            return numbered("ip proto 89", "ip6 proto 89");
        case Protocol::eigrp:
            return numbered("ip proto 88", "ip6 proto 88");
    }
    return {};
}

/// One end of a conversation.
struct End {
    const std::optional<Address>& address;
    const std::optional<std::uint16_t>& port;
};

/// "ip src host A and src port P", either of which may be absent.
void append_end(std::vector<std::string>& terms, const End& end, std::string_view side) {
    if (const auto& address = end.address) {
        const bool is_host = address->prefix == host_prefix(address->family);
        terms.push_back(text(address->family == Family::ipv4 ? "ip " : "ip6 ", side,
                             is_host ? " host " : " net ", address->text,
                             is_host ? std::string() : text('/', address->prefix)));
    }
    if (end.port) terms.push_back(text(side, " port ", *end.port));
}

/// "(ip src host A and ip dst host B)"; empty where both ends may be anything.
std::string path_expression(const End& from, const End& to) {
    std::vector<std::string> terms;
    append_end(terms, from, "src");
    append_end(terms, to, "dst");
    const auto all = base::joined(terms, " and ");
    return terms.size() > 1 ? text('(', all, ')') : all;
}

}  // namespace

std::span<const std::string_view> protocol_words() noexcept {
    return words_of_protocols;
}

Result<Filter> parse_filter(std::string_view proto, std::string_view src, std::string_view dst,
                            bool bidirectional) {
    Filter filter;
    filter.bidirectional = bidirectional;
    bool known = false;
    for (const auto& [word, protocol] : protocols) {
        if (word != proto) continue;
        filter.protocol = protocol;
        known = true;
    }
    if (!known) {
        return refuse(
            Errc::invalid_value,
            text("proto ", base::quoted(proto), ": must be any, ip, tcp, udp, icmp, ospf or eigrp"),
            "proto");
    }
    auto source = parse_address(src, "src");
    if (!source) return std::unexpected(std::move(source.error()));
    auto destination = parse_address(dst, "dst");
    if (!destination) return std::unexpected(std::move(destination.error()));
    filter.source = std::move(*source);
    filter.destination = std::move(*destination);
    if (filter.source && filter.destination &&
        filter.source->family != filter.destination->family) {
        return refuse(Errc::family_mismatch,
                      text("dst ", base::quoted(dst), ": is of another address family than src ",
                           base::quoted(src)),
                      "dst");
    }
    return filter;
}

std::string pcap_expression(const Filter& filter, pcap::LinkType link_type) {
    std::string one = protocol_expression(filter.protocol, family_of(filter));
    const End source{filter.source, filter.source_port};
    const End destination{filter.destination, filter.destination_port};
    if (std::string path = path_expression(source, destination); !path.empty()) {
        if (filter.bidirectional) {
            path = text("(", path, " or ", path_expression(destination, source), ")");
        }
        one = one.empty() ? path : text(one, " and ", path);
    }
    if (one.empty() || link_type != pcap::LinkType::ethernet) return one;
    // The kernel takes the outer tag out of the frame before the filter sees it, so the first term
    // is about untagged and tagged frames, the others about those with one or two more tags. Each
    // "vlan" moves what stands to its right four bytes on (pcap-filter(7)). Cooked frames need none
    // of it: the kernel gives them the protocol behind the tag, and libpcap refuses "vlan" there.
    return text("(", one, ") or (vlan and ((", one, ") or (vlan and (", one, "))))");
}

}  // namespace xpc::capture
