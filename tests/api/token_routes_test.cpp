#include "api/token_routes.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace xpc;
using namespace xpc::api;
using namespace std::chrono_literals;

namespace {

[[nodiscard]] base::Result<job::Token> parsed(const char* body) {
    return parse_token(base::parse_json(body).value(), base::WallTime());
}

}  // namespace

TEST_CASE(
    "a request for a token has a name and scopes, and limits and an end where it wants them") {
    const auto least = parsed(R"({"name": "bot", "scopes": ["jobs:read"]})");
    REQUIRE(least);
    CHECK(least->name == "bot");
    CHECK(least->scopes == std::vector{job::Scope::jobs_read});
    CHECK(least->limits == job::JobLimits{});
    CHECK_FALSE(least->expires_at);

    const auto most = parsed(R"({"name": "bot", "scopes": ["jobs:read", "jobs:write", "jobs:read"],
        "expires_in": "90d", "limits": {"interfaces": ["eth0"], "devices": ["local", "edge1"],
        "buckets": ["b"], "duration": "10m", "bytes": "1 MiB", "filter": "port 53"}})");
    REQUIRE(most);
    CHECK(most->scopes == std::vector{job::Scope::jobs_read, job::Scope::jobs_write});
    CHECK(most->expires_at == base::WallTime(std::chrono::days(90)));
    CHECK(most->limits == job::JobLimits{.interfaces = {"eth0"},
                                         .devices = {"local", "edge1"},
                                         .buckets = {"b"},
                                         .duration = 10min,
                                         .bytes = std::uint64_t{1} << 20U,
                                         .filter = "port 53"});
}

TEST_CASE("a request for a token that could mean more than was meant is refused") {
    struct Row {
        const char* body;
        const char* field;
    };

    for (const Row& row : {
             Row{R"({"scopes": ["jobs:read"]})", "name"},
             Row{R"({"name": "bot"})", "scopes"},
             Row{R"({"name": "bot", "scopes": []})", "scopes"},
             Row{R"({"name": "bot", "scopes": ["jobs"]})", "scopes"},
             Row{R"({"name": "bot", "scopes": "admin"})", "scopes"},
             Row{R"({"name": "bot", "scopes": ["admin"], "limit": {}})", "limit"},
             Row{R"({"name": "bot", "scopes": ["admin"], "expires_in": 0})", "expires_in"},
             Row{R"({"name": "bot", "scopes": ["admin"], "limits": {"buckets": []}})",
                 "limits.buckets"},
             Row{R"({"name": "bot", "scopes": ["admin"], "limits": {"duration": 0}})",
                 "limits.duration"},
             Row{R"({"name": "bot", "scopes": ["admin"], "limits": {"filter": "a) or (b"}})",
                 "limits.filter"},
             Row{R"({"name": "a\nb", "scopes": ["admin"]})", "name"},
         }) {
        CAPTURE(row.body);
        const auto refused = parsed(row.body);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().field == row.field);
    }
}

TEST_CASE("a token is shown with its limits, and with its text only when it has just been made") {
    job::Token token;
    token.id = "0123456789ab";
    token.scopes = {job::Scope::admin};
    token.limits.duration = 90s;
    const auto shown = to_json(token);
    CHECK(shown.find("token") == nullptr);
    CHECK(shown.find("limits")->integer_at("duration") == 90);
    CHECK(shown.find("limits")->find("bytes")->is_null());
    CHECK(shown.find("expires_at")->is_null());
    CHECK(to_json(job::TokenStore::Made{.token = token, .text = "xpc_1"}).text_at("token") ==
          "xpc_1");
}
