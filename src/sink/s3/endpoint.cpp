#include "sink/s3/endpoint.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::refuse;
using base::text;

constexpr std::string_view http = "http://";
constexpr std::string_view https = "https://";

struct Partition {
    std::string_view region_prefix;
    std::string_view domain;
};

// AWS SDKs, "partitions.json"; the last has all that no other has
constexpr auto partitions = std::to_array<Partition>({{"cn-", "amazonaws.com.cn"},
                                                      {"us-iso-", "c2s.ic.gov"},
                                                      {"us-isob-", "sc2s.sgov.gov"},
                                                      {"us-isof-", "csp.hci.ic.gov"},
                                                      {"eu-isoe-", "cloud.adc-e.uk"},
                                                      {"eusc-", "amazonaws.eu"},
                                                      {"", "amazonaws.com"}});

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

std::string_view host_of(std::string_view endpoint) {
    const auto scheme = endpoint.find("://");
    return split_authority(endpoint.substr(scheme + 3)).host;
}

/// No name of the DNS ends with a number (RFC 3696, 2).
bool is_ip_address(std::string_view host) {
    return host.starts_with('[') ||
           (!host.empty() && base::is_digit(host.back()) &&
            std::ranges::all_of(host, [](char c) { return base::is_digit(c) || c == '.'; }));
}

}  // namespace

BucketAddress bucket_address(std::string_view endpoint, std::string_view region,
                             std::string_view bucket, std::optional<bool> path_style) {
    const std::string whole = endpoint.empty() ? aws_endpoint(region) : std::string(endpoint);
    const std::string_view scheme = whole.starts_with(https) ? https : http;
    const bool is_unfit = scheme == https && bucket.contains('.');
    const bool is_path =
        is_ip_address(host_of(whole)) || path_style.value_or(!is_aws(whole) || is_unfit);
    const std::string authority =
        is_path ? whole.substr(scheme.size()) : text(bucket, '.', whole.substr(scheme.size()));
    return {.origin = text(scheme, authority),
            .host = host_header(scheme, authority),
            .path_prefix = is_path ? text('/', bucket) : std::string()};
}

std::string aws_endpoint(std::string_view region, AwsVariant variant) {
    return text(https, variant.fips ? "s3-fips." : "s3.", variant.dual_stack ? "dualstack." : "",
                region, '.', aws_domain(region));
}

std::string_view aws_domain(std::string_view region) noexcept {
    return std::ranges::find_if(
               partitions,
               [region](const Partition& one) { return region.starts_with(one.region_prefix); })
        ->domain;
}

bool is_aws(std::string_view endpoint) noexcept {
    return endpoint.empty() || std::ranges::any_of(partitions, [endpoint](const Partition& one) {
               const std::string_view host = host_of(endpoint);
               return host.ends_with(one.domain) && host.size() > one.domain.size() &&
                      host[host.size() - one.domain.size() - 1] == '.';
           });
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
