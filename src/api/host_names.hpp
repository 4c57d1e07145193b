#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xpc::api {

/// What a client may call this server, so that a page of another site can not, whose name somebody
/// lets lead to our address (DNS rebinding).
class HostNames {
public:
    /// `listen_host`: an IP address. `names`: host names or addresses without a port.
    HostNames(const std::string& listen_host, std::vector<std::string> names);

    /// Of a Host header: "localhost", an address of the loopback, or one of the names; and every
    /// address where we listen on another than the loopback: who forwards to us has one of his own,
    /// and no DNS has a say in what an address leads to. The port is not looked at, likewise.
    [[nodiscard]] bool has(std::string_view host_header) const;

private:
    bool on_loopback_ = true;
    std::vector<std::string> names_;
};

/// Whether a page of that Origin (RFC 6454, 7) comes from where the request went to, or from
/// `public_url`, where there is one.
[[nodiscard]] bool is_own_origin(std::string_view origin, std::string_view host_header,
                                 std::string_view public_url);

/// "example.org" of "http://example.org:5000" and of "example.org:5000"; an IPv6 address without
/// its brackets.
[[nodiscard]] std::string host_of(std::string_view url_or_header);

}  // namespace xpc::api
