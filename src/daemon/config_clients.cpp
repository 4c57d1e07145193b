#include "daemon/config_clients.hpp"

#include <algorithm>
#include <array>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "daemon/config_values.hpp"
#include "job/job_limits.hpp"

namespace xpc::daemon {
namespace {

using base::text;

std::string set_subject(TlsClient& client, const std::string& value) {
    if (!value.contains('=') || !base::is_plain_text(value)) {
        return text(
            "must be as `openssl x509 -noout -subject -nameopt RFC2253` prints it, such as ",
            "\"CN=bot,O=Example\", and is ", base::quoted(value));
    }
    client.subject = value;
    return {};
}

std::string set_scopes(TlsClient& client, const std::string& value) {
    for (const std::string& word : words_of(value)) {
        const auto scope = job::scope_from(word);
        if (!scope) {
            return text("must be jobs:read, jobs:write, files:read or admin, and has ",
                        base::quoted(word));
        }
        client.scopes.push_back(*scope);
    }
    return {};
}

std::string set_filter(TlsClient& client, const std::string& value) {
    if (!base::is_plain_text(value) || !job::is_closed(value)) {
        return text("must be an expression of pcap-filter(7), and is ", base::quoted(value));
    }
    client.limits.filter = value;
    return {};
}

constexpr auto keys = std::to_array<ClientKey>({
    {"tls.client", "subject", set_subject},
    {"tls.client", "scopes", set_scopes, true},
    {"tls.client", "interfaces",
     [](TlsClient& client, const std::string& value) {
         return set_words(client.limits.interfaces, value);
     },
     true},
    {"tls.client", "devices",
     [](TlsClient& client, const std::string& value) {
         return set_words(client.limits.devices, value);
     },
     true},
    {"tls.client", "buckets",
     [](TlsClient& client, const std::string& value) {
         return set_words(client.limits.buckets, value);
     },
     true},
    {"tls.client", "max_duration",
     [](TlsClient& client, const std::string& value) {
         return set_longest(client.limits.duration, value);
     }},
    {"tls.client", "max_bytes",
     [](TlsClient& client, const std::string& value) {
         constexpr std::uint64_t most = std::uint64_t{1} << 53U;
         return set_size(client.limits.bytes, value, 1, most);
     }},
    {"tls.client", "filter", set_filter},
});

}  // namespace

const ClientKey* find_client_key(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(keys, name, &ClientKey::name);
    return found == keys.end() ? nullptr : found;
}

std::string incomplete(const TlsClient& client) {
    if (client.subject.empty()) return "subject: is required";
    if (client.scopes.empty()) return "scopes: is required";
    return {};
}

}  // namespace xpc::daemon
