#include "api/door.hpp"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "api/problem.hpp"
#include "api/router.hpp"
#include "base/text.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::api;
using namespace std::chrono_literals;

namespace {

constexpr const char* elsewhere = "203.0.113.9";

DoorOptions locked() {
    DoorOptions options;
    options.listen_host = "0.0.0.0";
    options.needs_token = true;
    return options;
}

DoorOptions unlocked() {
    DoorOptions options;
    options.listen_host = "127.0.0.1";
    options.needs_token = false;
    return options;
}

/// A door with its tokens.
struct House {
    explicit House(DoorOptions options) : door(tokens, std::move(options)) {}

    [[nodiscard]] std::string token(std::vector<job::Scope> scopes,
                                    std::optional<base::WallTime> expires_at = {}) {
        job::Token wanted;
        wanted.name = "bot";
        wanted.scopes = std::move(scopes);
        wanted.limits.interfaces = {"eth0"};
        wanted.expires_at = expires_at;
        return tokens.create(wanted).text;
    }

    /// 0: let in.
    int knock(Access access, Request request = {}) {
        last = {};
        caller = {};
        const auto admitted = door.admit(request, access);
        caller = request.caller;
        if (admitted) return 0;
        last = admitted.error();
        return base::traits(last.error.errc).http_status;
    }

    [[nodiscard]] std::string header(std::string_view name) const {
        for (const auto& [one, value] : last.headers) {
            if (one == name) return value;
        }
        return {};
    }

    tests::ScratchFolder folder;
    job::TokenStore tokens{folder.path() / "jobs.db"};
    Door door;
    Refusal last;
    Caller caller;
};

Request with_token(const std::string& token) {
    Request request;
    request.peer = elsewhere;
    request.headers["authorization"] = "Bearer " + token;
    return request;
}

Request from(const char* peer) {
    Request request;
    request.peer = peer;
    return request;
}

Request asking(const char* method, const char* host, const char* origin) {
    Request request;
    request.method = method;
    request.peer = "127.0.0.1";
    if (host != nullptr) request.headers["host"] = host;
    if (origin != nullptr) request.headers["origin"] = origin;
    return request;
}

}  // namespace

TEST_CASE("a locked door lets in who shows a token with the scope of the route, and nobody else") {
    constexpr std::array accesses{Access::jobs_read, Access::jobs_write, Access::files_read,
                                  Access::admin};
    House house(locked());
    for (const Access access : accesses) {
        const job::Scope needed = scope_of(access).value();
        CAPTURE(job::word(needed));
        CHECK(house.knock(access, from(elsewhere)) == 401);
        CHECK(house.header("WWW-Authenticate") == "Bearer realm=\"xepacketcap\"");
        CHECK(house.knock(access, with_token(house.token({needed}))) == 0);
        CHECK(house.caller.name == "bot");
        CHECK(house.caller.limits.interfaces == std::vector<std::string>{"eth0"});
        CHECK(house.knock(access, with_token(house.token({job::Scope::admin}))) == 0);
        for (const Access other : accesses) {
            if (other == access) continue;
            CHECK(house.knock(other, with_token(house.token({needed}))) ==
                  (needed == job::Scope::admin ? 0 : 403));
            if (needed == job::Scope::admin) continue;
            CHECK(house.header("WWW-Authenticate")
                      .contains(base::text("scope=\"", job::word(scope_of(other).value()), "\"")));
        }
    }
}

TEST_CASE("loopback too needs a token where the door is locked") {
    House house(locked());
    CHECK(house.knock(Access::jobs_read, from("127.0.0.1")) == 401);
}

TEST_CASE("an unlocked door lets in everybody, but a token that is shown counts") {
    House house(unlocked());
    CHECK(house.knock(Access::admin, from("127.0.0.1")) == 0);
    CHECK(house.caller.limits == job::JobLimits{});
    const auto reader = with_token(house.token({job::Scope::jobs_read}));
    CHECK(house.knock(Access::jobs_read, reader) == 0);
    CHECK(house.knock(Access::jobs_write, reader) == 403);
    CHECK(house.knock(Access::jobs_read, with_token("xpc_no_token")) == 401);
}

TEST_CASE("what is open is so for everybody, and knows its caller only by a good token") {
    House house(locked());
    CHECK(house.knock(Access::open, from(elsewhere)) == 0);
    CHECK(house.caller.scopes.empty());
    CHECK(house.knock(Access::open, with_token("xpc_no_token")) == 0);
    CHECK(house.caller.scopes.empty());
    CHECK(house.knock(Access::open, with_token(house.token({job::Scope::jobs_read}))) == 0);
    CHECK(house.caller.scopes == std::vector{job::Scope::jobs_read});
}

TEST_CASE("a token that has expired is told so, one that is none only that") {
    House house(locked());
    const auto now = base::wall_now();
    CHECK(house.knock(Access::jobs_read, with_token(house.token({job::Scope::admin}, now - 1s))) ==
          401);
    CHECK(house.last.error.message.contains("has expired"));
    CHECK(house.header("WWW-Authenticate").contains("error=\"invalid_token\""));
    CHECK(house.knock(Access::jobs_read, with_token(house.token({job::Scope::admin}, now + 1h))) ==
          0);
    Request request = with_token(house.token({job::Scope::admin}));
    request.headers["authorization"].replace(0, 6, "Basic ");
    CHECK(house.knock(Access::jobs_read, request) == 401);
    CHECK_FALSE(house.last.error.message.contains("expired"));
}

TEST_CASE(
    "a certificate stands for a token where its subject is known, and a token goes before it") {
    DoorOptions options = locked();
    options.clients["CN=bot,O=Example"] = {.id = "certificate:CN=bot,O=Example",
                                           .name = "CN=bot,O=Example",
                                           .scopes = {job::Scope::jobs_read},
                                           .limits = {.buckets = {"captures"}}};
    House house(std::move(options));
    Request request = from(elsewhere);
    request.certificate = "CN=bot,O=Example";
    CHECK(house.knock(Access::jobs_read, request) == 0);
    CHECK(house.caller.id == "certificate:CN=bot,O=Example");
    CHECK(house.caller.limits.buckets == std::vector<std::string>{"captures"});
    CHECK(house.knock(Access::jobs_write, request) == 403);
    CHECK(house.knock(Access::original_read, request) == 0);
    Request with_both = with_token(house.token({job::Scope::jobs_write}));
    with_both.certificate = request.certificate;
    CHECK(house.knock(Access::jobs_write, with_both) == 0);
    request.certificate = "CN=bot,O=Example2";
    CHECK(house.knock(Access::jobs_read, request) == 403);
    CHECK(house.last.error.message.contains("CN=bot,O=Example2"));
}

TEST_CASE("one bad token after the other gets 429, and a good one is let in all the time") {
    House house(locked());
    const std::string good = house.token({job::Scope::jobs_read});
    for (int i = 0; i < failure_terms.at_once; ++i)
        CHECK(house.knock(Access::jobs_read, with_token("xpc_x_y")) == 401);
    CHECK(house.knock(Access::jobs_read, with_token("xpc_x_y")) == 429);
    CHECK(base::parse_decimal<unsigned>(house.header("Retry-After")).value_or(0) >= 1);
    CHECK(house.knock(Access::jobs_read, with_token(good)) == 0);
    Request request = with_token("xpc_x_y");
    request.peer = "203.0.113.10";
    CHECK(house.knock(Access::jobs_read, request) == 401);
    CHECK(house.knock(Access::jobs_read, from(elsewhere)) == 401);  // that is no guess
}

TEST_CASE("a token, or an address without one, may send so many requests a second, and no more") {
    DoorOptions options = unlocked();
    options.request_rate = 2;
    House house(std::move(options));
    const Request one = with_token(house.token({job::Scope::jobs_read}));
    const Request other = with_token(house.token({job::Scope::jobs_read}));
    for (int i = 0; i < 20; ++i)
        CHECK(house.knock(Access::jobs_read, one) == 0);
    CHECK(house.knock(Access::jobs_read, one) == 429);
    CHECK(house.header("Retry-After") == "1");
    CHECK(house.last.error.message.contains("server.request_rate"));
    CHECK(house.knock(Access::open, one) == 429);
    CHECK(house.knock(Access::jobs_read, other) == 0);  // of the same address
    for (int i = 0; i < 20; ++i)
        CHECK(house.knock(Access::open, from(elsewhere)) == 0);
    CHECK(house.knock(Access::jobs_read, from(elsewhere)) == 429);
    CHECK(house.knock(Access::jobs_read, from("203.0.113.10")) == 0);
    for (int i = 0; i < 100; ++i)  // this host's own
        CHECK(house.knock(Access::jobs_read, from("127.0.0.1")) == 0);
}

TEST_CASE("the original API is open to its networks, within its limits, and else needs a token") {
    DoorOptions options = locked();
    options.original_from = {base::parse_network("192.0.2.0/24").value()};
    options.original_limits.buckets = {"captures"};
    House house(std::move(options));
    for (const Access access : {Access::original_read, Access::original_write}) {
        CHECK(house.knock(access, from("192.0.2.77")) == 0);
        CHECK(house.caller.limits.buckets == std::vector<std::string>{"captures"});
        CHECK(house.knock(access, from("::ffff:192.0.2.77")) == 0);
        CHECK(house.knock(access, from("192.0.3.1")) == 403);
        CHECK(house.knock(access, from("127.0.0.1")) == 403);
        CHECK(house.knock(access, from("")) == 403);
        CHECK(house.last.error.message.contains("legacy.allow_from"));
    }
    CHECK(house.knock(Access::original_write, with_token(house.token({job::Scope::jobs_write}))) ==
          0);
    CHECK(house.knock(Access::original_write, with_token(house.token({job::Scope::jobs_read}))) ==
          403);
}

TEST_CASE("a host that this server is not called by is refused, so that no DNS leads a page here") {
    DoorOptions options = unlocked();
    options.names = {"capture.example.org"};
    House house(std::move(options));
    for (const char* host : {"127.0.0.1:5000", "localhost:5000", "LOCALHOST", "[::1]:5000",
                             "capture.example.org", "Capture.Example.Org:443", "127.1.2.3"}) {
        CAPTURE(host);
        CHECK(house.knock(Access::jobs_read, asking("GET", host, nullptr)) == 0);
    }
    for (const char* host : {"evil.example", "evil.example:5000", "localhost.evil.example",
                             "127.0.0.1.evil.example", "192.0.2.1", "x@127.0.0.1", "[::2]", "]["}) {
        CAPTURE(host);
        CHECK(house.knock(Access::jobs_read, asking("GET", host, nullptr)) == 421);
        CHECK(house.knock(Access::open, asking("GET", host, nullptr)) == 0);
    }
    CHECK(house.knock(Access::jobs_read, asking("GET", nullptr, nullptr)) == 0);
}

TEST_CASE("where others reach this server, it is called by any address, and not by any name") {
    DoorOptions options = unlocked();
    options.listen_host = "192.0.2.1";
    House house(std::move(options));
    CHECK(house.knock(Access::jobs_read, asking("GET", "192.0.2.1:5000", nullptr)) == 0);
    CHECK(house.knock(Access::jobs_read, asking("GET", "[2001:db8::1]:5000", nullptr)) == 0);
    CHECK(house.knock(Access::jobs_read, asking("GET", "evil.example:5000", nullptr)) == 421);
}

TEST_CASE("a page of another site changes nothing, and reads nothing by us saying that it may") {
    DoorOptions options = unlocked();
    options.public_url = "https://capture.example.org";
    options.names = {"capture.example.org"};
    House house(std::move(options));
    for (const char* method : {"POST", "DELETE", "PATCH", "PUT"}) {
        CAPTURE(method);
        const auto knock = [&](const char* host, const char* origin) {
            return house.knock(Access::jobs_write, asking(method, host, origin));
        };
        CHECK(knock("127.0.0.1:5000", "http://127.0.0.1:5000") == 0);
        CHECK(knock("127.0.0.1:5000", "https://capture.example.org") == 0);
        CHECK(knock("capture.example.org", "https://capture.example.org:443") == 0);
        CHECK(knock("127.0.0.1:5000", nullptr) == 0);
        for (const char* origin : {"http://evil.example", "null", "", "http://127.0.0.1:5001",
                                   "http://localhost:5000", "https://capture.example.org:444"}) {
            CAPTURE(origin);
            const int expected = *origin == '\0' ? 0 : 403;
            CHECK(knock("127.0.0.1:5000", origin) == expected);
        }
    }
    CHECK(house.knock(Access::jobs_read, asking("GET", "127.0.0.1:5000", "http://evil.example")) ==
          0);
}

TEST_CASE("failures count for six seconds each, and one address does not count for another") {
    RateLimit rate(failure_terms);
    const auto now = base::Deadline::clock::now();
    for (int i = 0; i < failure_terms.at_once; ++i)
        CHECK_FALSE(rate.note("a", now));
    CHECK(rate.note("a", now) == 6s);
    CHECK(rate.note("a", now + 5s) == 1s);
    CHECK_FALSE(rate.note("a", now + 6s));
    CHECK(rate.note("a", now + 6s) == 6s);
    CHECK_FALSE(rate.note("b", now));
    CHECK_FALSE(rate.note("a", now + 1h));
}

TEST_CASE("so many addresses may fail, and those that did longest ago are forgotten") {
    RateLimit rate(failure_terms);
    const auto now = base::Deadline::clock::now();
    for (int i = 0; i < failure_terms.at_once; ++i)
        CHECK_FALSE(rate.note("busy", now));
    for (std::size_t i = 0; i < RateLimit::most_known + 10; ++i)
        CHECK_FALSE(rate.note(std::to_string(i), now));
    CHECK(rate.note("busy", now));
    CHECK(rate_key("2001:db8::1") == rate_key("2001:db8:0:0:9::7"));
    CHECK(rate_key("2001:db8::1") != rate_key("2001:db8:0:1::1"));
    CHECK(rate_key("192.0.2.1") != rate_key("192.0.2.2"));
}

TEST_CASE("a router with a door takes no route that the table of access does not have") {
    House house(locked());
    const auto handler = [](const Request&) { return Response(); };
    CHECK_THROWS_AS(Router({{"GET", "/api/v1/new", handler}}, nullptr, &house.door), base::Failure);
    const Router router({{"GET", "/metrics", handler}}, nullptr, &house.door);
    Request request = from(elsewhere);
    request.method = "GET";
    request.target = "/metrics";
    Response response;
    router.answer(request, [&response](Response reply) { response = std::move(reply); });
    CHECK(response.status == 401);
    CHECK(response.headers.back().first == "WWW-Authenticate");
}
