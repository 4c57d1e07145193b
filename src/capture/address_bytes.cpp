#include "capture/address_bytes.hpp"

#include <algorithm>

#include <arpa/inet.h>

namespace xpc::capture {
namespace {

int number_of(Family family) noexcept {
    return family == Family::ipv4 ? AF_INET : AF_INET6;
}

}  // namespace

std::optional<AddressBytes> address_bytes(std::string_view text) {
    if (text.contains('\0')) return std::nullopt;  // inet_pton ends there
    const std::string word(text);
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        AddressBytes address{.family = family, .raw = {}};
        if (::inet_pton(number_of(family), word.c_str(), address.raw.data()) == 1) return address;
    }
    return std::nullopt;
}

std::string canonical(const AddressBytes& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return ::inet_ntop(number_of(address.family), address.raw.data(), text.data(), text.size());
}

AddressBytes network_of(AddressBytes address, unsigned prefix) noexcept {
    for (std::size_t i = 0; i < address.raw.size(); ++i) {
        const unsigned kept =
            prefix > i * 8 ? std::min(prefix - static_cast<unsigned>(i) * 8, 8U) : 0;
        address.raw.at(i) &= static_cast<unsigned char>(0xFF00U >> kept);
    }
    return address;
}

}  // namespace xpc::capture
