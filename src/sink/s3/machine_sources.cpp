#include "sink/s3/machine_sources.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>

#include "base/text.hpp"
#include "sink/s3/remote_keys.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::refuse;
using base::text;

using Source = std::unique_ptr<KeySource>;

std::string value_of(const Environment& variables, const char* name) {
    return variables(name).value_or("");
}

/// "HOST" of "http://HOST[:PORT][/PATH]", in lower case, an IPv6 address with its brackets.
std::string plain_host(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    if (!base::lower(url.substr(0, scheme.size())).starts_with(scheme)) return {};
    url.remove_prefix(scheme.size());
    const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
    const auto port = authority.rfind(':');
    const bool has_port =
        port != std::string_view::npos && base::parse_decimal<unsigned>(authority.substr(port + 1));
    return base::lower(has_port ? authority.substr(0, port) : authority);
}

/// 127.0.0.0/8.
bool is_loopback(const std::string& host) {
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && host.starts_with("127.");
}

/// AWS SDKs and Tools Reference Guide, "Container credential provider": who else is asked for keys
/// without TLS gets our token.
bool is_on_this_machine(std::string_view url) {
    constexpr auto hosts = std::to_array<std::string_view>(
        {"localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"});
    const std::string host = plain_host(url);
    return std::ranges::find(hosts, host) != hosts.end() || is_loopback(host);
}

}  // namespace

base::Result<Source> variables_source(const Environment& variables) {
    constexpr const char* access_key = "AWS_ACCESS_KEY_ID";
    constexpr const char* secret_key = "AWS_SECRET_ACCESS_KEY";
    constexpr const char* older_token = "AWS_SECURITY_TOKEN";
    Credentials keys{.access_key = value_of(variables, access_key),
                     .secret_key = value_of(variables, secret_key),
                     .session_token = value_of(variables, older_token)};
    if (keys.access_key.empty()) return Source();
    if (keys.secret_key.empty()) {
        return refuse(Errc::config, text(secret_key, ": not set, while ", access_key, " is"),
                      secret_key);
    }
    if (!base::is_plain_text(keys.session_token)) {  // not shown: it is a secret
        return refuse(Errc::config, text(older_token, ": has control characters"), older_token);
    }
    if (keys.session_token.empty()) keys.session_token = value_of(variables, "AWS_SESSION_TOKEN");
    return fixed_source(std::move(keys), access_key);
}

base::Result<Source> container_source(const Environment& variables) {
    constexpr const char* full_variable = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    const std::string relative = value_of(variables, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    std::string url = value_of(variables, full_variable);
    if (!relative.empty()) url = "http://169.254.170.2" + relative;
    if (url.empty()) return Source();
    if (!is_on_this_machine(url) && !url.starts_with("https://")) {
        return refuse(
            Errc::config,
            text(full_variable, ": ", base::quoted(url), " is neither https nor on this machine"),
            full_variable);
    }
    return std::make_unique<ContainerKeys>(
        std::move(url), value_of(variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        value_of(variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
}

base::Result<Source> instance_source(const Environment& variables) {
    constexpr const char* mode_variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
    if (base::lower(value_of(variables, "AWS_EC2_METADATA_DISABLED")) == "true") return Source();
    std::string endpoint = value_of(variables, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    while (endpoint.ends_with('/'))
        endpoint.pop_back();
    if (!endpoint.empty()) return std::make_unique<InstanceKeys>(std::move(endpoint));
    const std::string given = value_of(variables, mode_variable);
    const std::string mode = base::lower(given);
    if (!mode.empty() && mode != "ipv4" && mode != "ipv6") {
        return refuse(Errc::config,
                      text(mode_variable, ": ", base::quoted(given), "; must be IPv4 or IPv6"),
                      mode_variable);
    }
    return std::make_unique<InstanceKeys>(mode == "ipv6" ? "http://[fd00:ec2::254]"
                                                         : "http://169.254.169.254");
}

}  // namespace xpc::sink::s3
