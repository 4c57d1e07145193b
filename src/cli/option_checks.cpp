#include "cli/option_checks.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace xpc::cli {

using base::text;

std::string refusal_of_server(const std::string& url) {
    constexpr std::string_view expected = "must be http://HOST[:PORT] or https://HOST[:PORT]";
    std::string_view rest = url;
    if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else {
        return text(expected, ", not ", base::quoted(url));
    }
    if (rest.ends_with('/')) rest.remove_suffix(1);
    std::string_view host = rest;
    std::string_view port;
    const auto bracket = rest.starts_with('[') ? rest.find(']') : 0;
    if (bracket == std::string_view::npos) return text(expected, ", not ", base::quoted(url));
    const auto colon = rest.find(':', bracket);
    if (colon != std::string_view::npos) {
        host = rest.substr(0, colon);
        port = rest.substr(colon + 1);
        if (base::parse_decimal<std::uint16_t>(port).value_or(0) == 0) {
            return text(base::quoted(url), ": the port must be 1 to 65535");
        }
    }
    const auto belongs_to_a_host = [](char c) {
        return base::is_alphanumeric(c) || std::string_view(".-_[]:%").contains(c);
    };
    const bool fine = !host.empty() && std::ranges::all_of(host, belongs_to_a_host);
    return fine ? "" : text(expected, ", not ", base::quoted(url));
}

std::string refusal_of_duration(const std::string& raw) {
    const auto duration = base::parse_duration(raw);
    if (!duration) return duration.error().message;
    return duration->count() > 0 ? "" : "must be more than 0";
}

std::string refusal_of_count(const std::string& raw) {
    const bool fine = base::parse_decimal<std::uint64_t>(raw).value_or(0) > 0;
    return fine ? "" : text("must be a number, more than 0, not ", base::quoted(raw));
}

std::string refusal_of_size(const std::string& raw) {
    const bool fine = base::parse_size(raw).value_or(0) > 0;
    return fine ? "" : text("must be a size such as 10MiB, not ", base::quoted(raw));
}

std::string refusal_of_id(const std::string& raw) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
               c == '-';
    };
    const bool fine = !raw.empty() && raw.size() <= 36 && std::ranges::all_of(raw, fits);
    return fine ? "" : text(base::quoted(raw), " is no job's number or id; see: xepacketcap list");
}

std::string refusal_of_label(const std::string& raw) {
    const auto equals = raw.find('=');
    const bool fine = equals != std::string::npos && equals > 0;
    return fine ? "" : text("must be NAME=VALUE, not ", base::quoted(raw));
}

std::string refusal_of_empty(const std::string& raw) {
    return raw.empty() ? "must not be empty" : "";
}

}  // namespace xpc::cli
