#include "api/token_routes.hpp"

#include <algorithm>
#include <array>

#include "api/members.hpp"
#include "api/problem.hpp"
#include "api/wire_json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "job/job_limits.hpp"
#include "job/token_json.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::Json;
using base::refuse;
using base::Result;
using base::text;

void read_scopes(Members& members, std::vector<job::Scope>& scopes) {
    std::vector<std::string> words;
    members.read("scopes", words);
    for (const std::string& word : words) {
        const auto scope = job::scope_from(word);
        if (!scope) {
            return members.refuse(Errc::invalid_value, "scopes",
                                  text(": ", base::quoted(word), " is not jobs:read, jobs:write, ",
                                       "files:read or admin"));
        }
        if (std::ranges::find(scopes, *scope) == scopes.end()) scopes.push_back(*scope);
    }
    if (scopes.empty()) {
        members.refuse(Errc::invalid_value, "scopes", ": must have at least one");
    }
}

/// A list that is there and empty would allow nothing, and be stored as what allows everything.
void read_names(Members& members, std::string_view name, std::vector<std::string>& out) {
    members.read(name, out);
    if (members.has(name) && out.empty()) {
        members.refuse(Errc::invalid_value, name,
                       ": is empty: leave it out where there is no limit");
    }
}

void read_limits(Members& members, job::JobLimits& out) {
    constexpr std::size_t most_filter_bytes = 2048;  // of the 4,096 that an expression may have
    members.read_object("limits", [&out](Members& limits) {
        read_names(limits, "interfaces", out.interfaces);
        read_names(limits, "devices", out.devices);
        read_names(limits, "buckets", out.buckets);
        limits.read_duration("duration", out.duration, Members::DurationText::with_unit);
        limits.read_size("bytes", out.bytes, {});
        limits.read_plain("filter", out.filter, most_filter_bytes);
        if (!job::is_closed(out.filter)) {
            limits.refuse(Errc::invalid_value, "filter", ": a parenthesis has no other one");
        }
    });
}

void read_expiry(Members& members, base::WallTime now, std::optional<base::WallTime>& out) {
    std::chrono::milliseconds lifetime{};
    members.read_duration("expires_in", lifetime, Members::DurationText::with_unit);
    if (lifetime > std::chrono::milliseconds::zero()) out = now + lifetime;
}

[[nodiscard]] Result<Response> create(job::TokenStore& tokens, const Request& request) {
    const auto body = parse_body(request);
    if (!body) return std::unexpected(body.error());
    auto wanted = parse_token(*body, base::wall_now());
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    const auto made = tokens.create(std::move(*wanted));
    base::log::info("token.created", {{"token", made.token.id},
                                      {"name", made.token.name},
                                      {"by", request.caller.id},
                                      {"peer", request.peer}});
    Response response = json_response(to_json(made), 201);
    response.headers.emplace_back("Location", "/api/v1/tokens/" + made.token.id);
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

[[nodiscard]] Result<Response> read(job::TokenStore& tokens, const Request& request) {
    const std::string& id = request.captured.front();
    const auto token = tokens.find(id);
    if (!token) return std::unexpected(no_such_token(id));
    return json_response(to_json(*token));
}

[[nodiscard]] Result<Response> revoke(job::TokenStore& tokens, const Request& request) {
    const std::string& id = request.captured.front();
    if (!tokens.remove(id)) return std::unexpected(no_such_token(id));
    base::log::info("token.revoked",
                    {{"token", id}, {"by", request.caller.id}, {"peer", request.peer}});
    Response response;
    response.status = 204;
    return response;
}

}  // namespace

Result<job::Token> parse_token(const Json& body, base::WallTime now) {
    constexpr std::size_t most_name_bytes = 256;
    job::Token token;
    Members members(body);
    members.require({"name", "scopes"});
    members.read_plain("name", token.name, most_name_bytes);
    read_scopes(members, token.scopes);
    read_expiry(members, now, token.expires_at);
    read_limits(members, token.limits);
    members.refuse_others();
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    return token;
}

Json to_json(const job::Token& token) {
    return Json::object(
        {{"id", token.id},
         {"name", token.name},
         {"scopes", job::scopes_json(token.scopes)},
         {"limits", job::limits_json(token.limits)},
         {"created_at", base::rfc3339(token.created_at)},
         {"expires_at", token.expires_at ? Json(base::rfc3339(*token.expires_at)) : Json()}});
}

Json tokens_json(job::TokenStore& tokens) {
    Json::Array shown;
    for (const job::Token& token : tokens.list())
        shown.push_back(to_json(token));
    return Json::object({{"tokens", std::move(shown)}});
}

base::Error no_such_token(const std::string& id) {
    return {.errc = Errc::not_found,
            .message = text("token ", base::quoted(id), ": there is no such token"),
            .field = {}};
}

Json to_json(const job::TokenStore::Made& made) {
    Json::Object members = *to_json(made.token).object();
    members.push_back({.name = "token", .value = made.text});
    return members;
}

std::vector<Route> token_routes(job::TokenStore& tokens) {
    return {
        {"POST", "/api/v1/tokens",
         [&tokens](const Request& request) { return create(tokens, request); }},
        {"GET", "/api/v1/tokens",
         [&tokens](const Request&) { return json_response(tokens_json(tokens)); }},
        {"GET", "/api/v1/tokens/{id}",
         [&tokens](const Request& request) { return read(tokens, request); }},
        {"DELETE", "/api/v1/tokens/{id}",
         [&tokens](const Request& request) { return revoke(tokens, request); }},
    };
}

}  // namespace xpc::api
