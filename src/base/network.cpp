#include "base/network.hpp"

#include <algorithm>
#include <cstddef>

#include <arpa/inet.h>

#include "base/text.hpp"

namespace xpc::base {
namespace {

constexpr std::size_t mapped_bytes = 12;  // ::ffff:0:0/96
constexpr unsigned mapped_bits = 96;
constexpr unsigned all_bits = 128;

}  // namespace

bool IpAddress::is_ipv4() const noexcept {
    constexpr std::array<unsigned char, mapped_bytes> mapped{0, 0, 0, 0, 0,    0,
                                                             0, 0, 0, 0, 0xFF, 0xFF};
    return std::equal(mapped.begin(), mapped.end(), raw.begin());
}

bool IpAddress::is_loopback() const noexcept {
    constexpr unsigned char loopback_net = 127;
    if (is_ipv4()) return raw[mapped_bytes] == loopback_net;
    return std::all_of(raw.begin(), raw.end() - 1, [](unsigned char byte) { return byte == 0; }) &&
           raw.back() == 1;
}

std::optional<IpAddress> parse_ip(std::string_view raw) {
    const std::string word(raw.substr(0, raw.find('%')));
    if (word.contains('\0')) return std::nullopt;  // inet_pton ends there
    IpAddress address;
    if (::inet_pton(AF_INET6, word.c_str(), address.raw.data()) == 1) return address;
    address = {};
    address.raw[mapped_bytes - 2] = address.raw[mapped_bytes - 1] = 0xFF;
    if (::inet_pton(AF_INET, word.c_str(), &address.raw[mapped_bytes]) == 1) return address;
    return std::nullopt;
}

IpAddress masked(IpAddress address, unsigned prefix) noexcept {
    constexpr unsigned byte_bits = 8;
    for (std::size_t i = 0; i < address.raw.size(); ++i) {
        const auto before = static_cast<unsigned>(i) * byte_bits;
        const unsigned kept = prefix > before ? std::min(prefix - before, byte_bits) : 0;
        address.raw.at(i) &= static_cast<unsigned char>(0xFF00U >> kept);
    }
    return address;
}

bool IpNetwork::contains(const IpAddress& address) const noexcept {
    return masked(address, prefix) == first;
}

std::optional<IpNetwork> parse_network(std::string_view raw) {
    const auto slash = raw.find('/');
    const auto address = parse_ip(raw.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned before = raw.substr(0, slash).contains(':') ? 0 : mapped_bits;
    unsigned prefix = all_bits;
    if (slash != std::string_view::npos) {
        const auto given = parse_decimal<unsigned>(raw.substr(slash + 1));
        if (!given || *given > all_bits - before) return std::nullopt;
        prefix = before + *given;
    }
    if (masked(*address, prefix) != *address) return std::nullopt;
    return IpNetwork{.first = *address, .prefix = prefix};
}

}  // namespace xpc::base
