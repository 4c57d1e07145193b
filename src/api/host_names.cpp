#include "api/host_names.hpp"

#include <algorithm>

#include "base/network.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

constexpr std::string_view after_scheme = "://";

/// "example.org:5000" of "http://Example.org:5000".
std::string authority_of(std::string_view url) {
    const auto scheme = url.find(after_scheme);
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + after_scheme.size());
    return base::lower(url.substr(0, url.find('/')));
}

/// The same without the port that its scheme has anyway.
std::string origin_authority(std::string_view origin) {
    const std::string authority = authority_of(origin);
    const std::string_view usual = origin.starts_with("https:") ? ":443" : ":80";
    std::string_view kept = authority;
    if (kept.ends_with(usual)) kept.remove_suffix(usual.size());
    return std::string(kept);
}

}  // namespace

HostNames::HostNames(const std::string& listen_host, std::vector<std::string> names)
    : names_(std::move(names)) {
    const auto address = base::parse_ip(listen_host);
    on_loopback_ = !address || address->is_loopback();
    for (std::string& name : names_)
        name = base::lower(name);
}

bool HostNames::has(std::string_view host_header) const {
    const std::string host = host_of(host_header);
    if (host == "localhost" || std::ranges::find(names_, host) != names_.end()) return true;
    const auto address = base::parse_ip(host);
    if (!address) return false;
    return !on_loopback_ || address->is_loopback();
}

bool is_own_origin(std::string_view origin, std::string_view host_header,
                   std::string_view public_url) {
    // "null", which is what a page of a file or a sandbox has, is nobody's
    if (!origin.contains(after_scheme)) return false;
    const std::string scheme(origin.substr(0, origin.find(after_scheme)));
    const bool is_asked_host =
        origin_authority(origin) == origin_authority(base::text(scheme, after_scheme, host_header));
    return is_asked_host ||
           (!public_url.empty() && origin_authority(origin) == origin_authority(public_url));
}

std::string host_of(std::string_view url_or_header) {
    const std::string authority = authority_of(url_or_header);
    std::string_view host = authority;
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    host = host.substr(0, host.find(':'));
    if (host.ends_with('.')) host.remove_suffix(1);  // the root of the DNS
    return std::string(host);
}

}  // namespace xpc::api
