#include "daemon/door_rules.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "daemon/data_dir.hpp"
#include "job/token_store.hpp"

namespace xpc::daemon {
namespace {

std::vector<base::IpNetwork> this_host() {
    return {base::parse_network("127.0.0.0/8").value(), base::parse_network("::1").value()};
}

}  // namespace

bool needs_token(const Config& config, bool has_tokens) {
    const bool has_keys = has_tokens || !config.tls_clients.empty();
    const bool usual = !is_loopback(config.server.host) && has_keys;
    return config.server.require_token.value_or(usual);
}

base::Result<void> check_listen(const Config& config, bool has_tokens) {
    const auto& server = config.server;
    if (is_loopback(server.host) || server.insecure) return {};
    const bool has_certificate = !config.tls.certificate.empty();
    const bool has_keys = has_tokens || !config.tls_clients.empty();
    const bool asks = server.require_token.value_or(true);
    if (has_certificate && has_keys && asks) return {};
    std::string missing;
    if (!has_certificate) missing += "a certificate ([tls] certificate and key)";
    if (!has_keys) {
        missing += base::text(missing.empty() ? "" : " and ",
                              "a token (xepacketcap token create) or a [[tls.client]]");
    }
    if (!asks) missing += base::text(missing.empty() ? "" : " and ", "require_token = true");
    return base::refuse(
        base::Errc::config,
        base::text("server.listen: ", server.host,
                   " can be reached from other hosts, and anyone there could capture: it needs ",
                   missing, "; or listen on 127.0.0.1 or [::1]; or say server.insecure = true"),
        "server.listen");
}

void check_door(const Config& config) {
    const auto store = DataDir::store_file(config.server.data_dir);
    if (auto checked = check_listen(config, !job::TokenStore::is_empty(store)); !checked) {
        throw base::Failure(std::move(checked.error()));
    }
    if (!config.tls.certificate.empty()) api::check_tls_files(config.tls);
}

api::DoorOptions door_options(const Config& config, bool has_tokens) {
    if (auto checked = check_listen(config, has_tokens); !checked) {
        throw base::Failure(std::move(checked.error()));
    }
    api::DoorOptions options;
    options.listen_host = config.server.host;
    options.names = config.server.names;
    options.public_url = config.server.public_url;
    if (!options.public_url.empty()) options.names.push_back(api::host_of(options.public_url));
    options.needs_token = needs_token(config, has_tokens);
    // behind a proxy on this host everybody comes from it: who asks for tokens there means all
    const bool also_this_host = !config.server.require_token.value_or(false);
    options.original_from = config.legacy.allow_from.value_or(
        also_this_host ? this_host() : std::vector<base::IpNetwork>());
    options.original_limits = config.legacy.limits;
    options.request_rate = config.server.request_rate;
    for (const TlsClient& client : config.tls_clients) {
        options.clients.emplace(client.subject,
                                api::Caller{.id = base::text("certificate:", client.subject),
                                            .name = client.subject,
                                            .scopes = client.scopes,
                                            .limits = client.limits});
    }
    return options;
}

}  // namespace xpc::daemon
