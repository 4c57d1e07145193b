#include "api/own_url.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::api {
namespace {

/// HOST[:PORT] of letters, digits, dots, hyphens, and an IPv6 address in brackets (RFC
/// 3986, 3.2.2).
bool is_host(std::string_view host) {
    constexpr std::string_view others = ".-:[]";
    return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [&](char c) {
        return base::is_alphanumeric(c) || others.contains(c);
    });
}

}  // namespace

OwnUrl own_url(std::string public_url, std::string listen_address, bool is_encrypted) {
    if (!public_url.empty()) return [public_url](const Request&) { return public_url; };
    const bool wildcard =
        listen_address.starts_with("0.0.0.0:") || listen_address.starts_with("[::]:");
    const std::string scheme = is_encrypted ? "https://" : "http://";
    return [wildcard, listen_address, scheme](const Request& request) {
        const std::string_view host = request.header("host");
        return base::text(scheme,
                          wildcard && is_host(host) ? host : std::string_view(listen_address));
    };
}

}  // namespace xpc::api
