#include "daemon/door_rules.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::daemon;

namespace {

Config listening_on(const char* host) {
    Config config;
    config.server.host = host;
    return config;
}

}  // namespace

TEST_CASE("loopback needs nothing, and an address that others can reach a word of consent") {
    for (const char* host : {"127.0.0.1", "::1"}) {
        CAPTURE(host);
        CHECK(check_listen(listening_on(host), false));
        CHECK_FALSE(needs_token(listening_on(host), true));
    }
    for (const char* host : {"0.0.0.0", "::", "192.0.2.1"}) {
        CAPTURE(host);
        Config config = listening_on(host);
        const auto refused = check_listen(config, false);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errc == base::Errc::config);
        CHECK(refused.error().field == "server.listen");
        for (const char* way : {"server.insecure", "[tls]", "token create", "127.0.0.1"}) {
            CAPTURE(way);
            CHECK(refused.error().message.contains(way));
        }
        CHECK_FALSE(check_listen(config, true));  // a token alone would go over the wire in clear
        config.server.insecure = true;
        CHECK(check_listen(config, false));
    }
}

TEST_CASE(
    "tokens are asked for where there are some and others reach the server, or as it is told") {
    Config config = listening_on("192.0.2.1");
    config.server.insecure = true;
    CHECK_FALSE(needs_token(config, false));
    CHECK(needs_token(config, true));
    config.server.require_token = false;
    CHECK_FALSE(needs_token(config, true));
    config = listening_on("127.0.0.1");
    config.server.require_token = true;
    CHECK(needs_token(config, false));
}

TEST_CASE("with a certificate, and a token or a known client, others may be let in") {
    Config config = listening_on("192.0.2.1");
    config.tls = {.certificate = "/c.pem", .key = "/k.pem", .client_ca = {}};
    const auto refused = check_listen(config, false);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("token create"));
    CHECK_FALSE(refused.error().message.contains("[tls] certificate"));
    CHECK(check_listen(config, true));
    CHECK(needs_token(config, true));
    config.server.require_token = false;
    CHECK_FALSE(check_listen(config, true));
    config.server.require_token.reset();
    config.tls_clients.push_back({.subject = "CN=a", .scopes = {job::Scope::admin}, .limits = {}});
    CHECK(check_listen(config, false));
    CHECK(needs_token(config, false));
    CHECK(door_options(config, false).clients.at("CN=a").scopes == std::vector{job::Scope::admin});
}

TEST_CASE("the original API is this host's, unless it is told, or tokens are asked for there") {
    Config config = listening_on("127.0.0.1");
    const auto lets_in = [&config](const char* address) {
        const auto options = door_options(config, true);
        return std::ranges::any_of(options.original_from, [&](const auto& network) {
            return network.contains(base::parse_ip(address).value());
        });
    };
    CHECK(lets_in("127.0.0.1"));
    CHECK(lets_in("::1"));
    CHECK_FALSE(lets_in("192.0.2.1"));
    config.server.require_token = true;
    CHECK_FALSE(lets_in("127.0.0.1"));
    config.legacy.allow_from = {base::parse_network("192.0.2.0/24").value()};
    CHECK(lets_in("192.0.2.1"));
    CHECK_FALSE(lets_in("127.0.0.1"));
}

TEST_CASE("the host of the public URL is a name of this server") {
    Config config = listening_on("127.0.0.1");
    config.server.names = {"a.example"};
    config.server.public_url = "https://b.example:8443/x";
    CHECK(door_options(config, false).names == std::vector<std::string>{"a.example", "b.example"});
}
