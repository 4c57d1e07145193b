#include "sink/s3/endpoint.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::refuse;
using base::text;

constexpr std::string_view http = "http://";
constexpr std::string_view https = "https://";

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_character(char c) {
    return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        return host.ends_with(']') && host.size() > 3 &&
               std::ranges::all_of(host.substr(1, host.size() - 2), is_ipv6_character);
    }
    return !host.empty() && std::ranges::all_of(host, is_host_character);
}

struct Authority {
    std::string_view host;
    std::string_view port;  ///< empty: none
    bool has_colon = false;
};

Authority split_authority(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return {.host = authority, .port = {}, .has_colon = false};
    return {
        .host = authority.substr(0, colon), .port = authority.substr(colon + 1), .has_colon = true};
}

/// As curl and browsers send it: the scheme's own port is left out.
std::string host_header(std::string_view scheme, std::string_view authority) {
    const auto [host, port, _] = split_authority(authority);
    const bool is_default = port == (scheme == https ? "443" : "80");
    return std::string(is_default ? host : authority);
}

}  // namespace

BucketAddress bucket_address(std::string_view endpoint, std::string_view region,
                             std::string_view bucket, bool path_style) {
    const std::string whole =
        endpoint.empty() ? text(https, "s3.", region, ".amazonaws.com") : std::string(endpoint);
    const std::string_view scheme = whole.starts_with(https) ? https : http;
    const std::string authority =
        path_style ? whole.substr(scheme.size()) : text(bucket, '.', whole.substr(scheme.size()));
    return {.origin = text(scheme, authority),
            .host = host_header(scheme, authority),
            .path_prefix = path_style ? text('/', bucket) : std::string()};
}

bool is_aws(std::string_view endpoint) noexcept {
    const std::string_view scheme = endpoint.starts_with(https) ? https : http;
    if (!endpoint.empty()) endpoint.remove_prefix(scheme.size());
    const std::string_view host = split_authority(endpoint).host;
    return host.empty() || host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

bool is_region(std::string_view region) noexcept {
    constexpr std::size_t longest_label = 63;  // RFC 1035, 2.3.4
    return !region.empty() && region.size() <= longest_label &&
           std::ranges::all_of(
               region, [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_'; });
}

base::Result<std::string> checked_endpoint(std::string_view raw) {
    // not shown: it may hold a password
    if (raw.contains('@')) {
        return refuse(Errc::invalid_value, "endpoint: must not hold a user name or password");
    }
    const std::string whole = base::lower(raw);
    const auto refused = [raw](std::string_view why) {
        return refuse(Errc::invalid_value, text("endpoint ", base::quoted(raw), ": ", why));
    };
    std::string_view scheme;
    if (whole.starts_with(https)) scheme = https;
    if (whole.starts_with(http)) scheme = http;
    if (scheme.empty()) return refused("must start with http:// or https://");
    std::string_view authority = std::string_view(whole).substr(scheme.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);
    if (authority.contains('/')) return refused("must not have a path");
    if (authority.contains('?')) return refused("must not have a query");
    if (authority.contains('#')) return refused("must not have a fragment");
    const auto [host, port, has_colon] = split_authority(authority);
    if (!is_host(host)) return refused("has no valid host");
    if (has_colon && base::parse_decimal<std::uint16_t>(port).value_or(0) == 0) {
        return refused("has no valid port");
    }
    return text(scheme, authority);
}

}  // namespace xpc::sink::s3
