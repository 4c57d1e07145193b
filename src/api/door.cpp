#include "api/door.hpp"

#include <algorithm>
#include <utility>

#include "api/admitted_stream.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::text;

constexpr std::string_view challenge = "Bearer realm=\"xepacketcap\"";  // RFC 6750, 3

Refusal refusal(Errc errc, std::string message) {
    return {.error = {.errc = errc, .message = std::move(message), .field = {}}, .headers = {}};
}

Refusal challenged(Refusal refusal, std::string_view parameters) {
    refusal.headers.emplace_back("WWW-Authenticate", text(challenge, parameters));
    return refusal;
}

/// Everything that a browser sends without asking us before, if a page tells it to.
bool changes_state(const Request& request) {
    return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

std::string_view without_scheme(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (base::lower(authorization.substr(0, scheme.size())) != scheme) return {};
    return base::trimmed(authorization.substr(scheme.size()));
}

bool has_expired(const job::Token& token) {
    return token.expires_at && *token.expires_at <= base::wall_now();
}

RateLimit::Terms terms_of(std::uint64_t requests_a_second) {
    constexpr std::chrono::nanoseconds second = std::chrono::seconds(1);
    const auto rate = static_cast<std::int64_t>(std::max<std::uint64_t>(requests_a_second, 1));
    return {.each = second / rate, .at_once = 10 * rate};
}

Refusal too_many(std::string message, std::chrono::seconds pause) {
    Refusal later = refusal(Errc::too_many, std::move(message));
    later.headers.push_back(retry_after(pause));
    return later;
}

Caller everybody() {
    Caller caller;
    caller.scopes = {job::Scope::admin};
    return caller;
}

}  // namespace

Door::Door(job::TokenStore& tokens, DoorOptions options)
    : tokens_(tokens),
      options_(std::move(options)),
      names_(options_.listen_host, options_.names),
      requests_(terms_of(options_.request_rate)) {}

std::expected<void, Refusal> Door::admit(Request& request, Access access) {
    const std::string_view host = request.header("host");
    // browsers always send one
    if (access != Access::open && !host.empty() && !names_.has(host)) {
        return std::unexpected(
            refusal(Errc::wrong_host, text("host ", base::quoted(host),
                                           ": is not what this server is called; server.names "
                                           "says what else it is called by")));
    }
    const std::string_view origin = request.header("origin");
    if (changes_state(request) && !origin.empty() &&
        !is_own_origin(origin, host, options_.public_url)) {
        return std::unexpected(
            refusal(Errc::forbidden, text("origin ", base::quoted(origin),
                                          ": pages of other sites may change nothing here")));
    }
    auto caller = caller_of(request, access);
    if (auto refused = too_often(request, caller ? &*caller : nullptr)) {
        return std::unexpected(std::move(*refused));
    }
    const auto needed = scope_of(access);
    if (!caller) {
        if (!needed) return {};  // and nobody is known by that token
        return std::unexpected(std::move(caller.error()));
    }
    if (needed && !job::allows(caller->scopes, *needed)) {
        return std::unexpected(challenged(
            refusal(Errc::forbidden, text("this token has not the scope ", job::word(*needed))),
            text(R"(, error="insufficient_scope", scope=")", job::word(*needed), '"')));
    }
    request.caller = std::move(*caller);
    return {};
}

std::unique_ptr<BodyStream> Door::watched(std::unique_ptr<BodyStream> body, const Caller& caller) {
    if (caller.token.empty()) return body;
    return admitted_stream(std::move(body), [this, id = caller.token] {
        const auto token = tokens_.find(id);
        const bool is_good = token && !has_expired(*token);
        if (!is_good) base::log::info("auth.stream_ended", {{"token", id}});
        return is_good;
    });
}

std::expected<Caller, Refusal> Door::caller_of(const Request& request, Access access) {
    if (!request.header("authorization").empty()) return bearer(request);
    const auto client = options_.clients.find(request.certificate);
    if (client != options_.clients.end()) return client->second;
    return without_token(request, access);
}

std::expected<Caller, Refusal> Door::bearer(const Request& request) {
    const std::string_view shown = without_scheme(request.header("authorization"));
    if (shown.empty()) {
        return std::unexpected(
            refuse_token(request, "Authorization: must be \"Bearer \" and a token"));
    }
    const auto token = tokens_.find_by_text(shown);
    if (!token) return std::unexpected(refuse_token(request, "there is no such token"));
    if (has_expired(*token)) {
        return std::unexpected(
            refuse_token(request, text("token ", token->id, " (", token->name, "): has expired at ",
                                       base::rfc3339(*token->expires_at))));
    }
    return Caller{.id = text("token:", token->id),
                  .token = token->id,
                  .name = token->name,
                  .scopes = token->scopes,
                  .limits = token->limits};
}

std::expected<Caller, Refusal> Door::without_token(const Request& request, Access access) const {
    if (is_original(access)) {
        const auto peer = base::parse_ip(request.peer);
        const bool is_let_in =
            peer && std::ranges::any_of(options_.original_from,
                                        [&](const auto& one) { return one.contains(*peer); });
        if (!is_let_in) {
            return std::unexpected(refusal(
                Errc::forbidden, text("the original API is not open to ", request.peer,
                                      ": legacy.allow_from says to whom it is; or show a token")));
        }
        Caller caller = everybody();
        caller.id = "original";
        caller.limits = options_.original_limits;
        return caller;
    }
    if (!options_.needs_token) return everybody();
    if (!request.certificate.empty()) {
        return std::unexpected(
            refusal(Errc::forbidden, text("certificate ", base::quoted(request.certificate),
                                          ": no [[tls.client]] has this subject")));
    }
    return std::unexpected(challenged(
        refusal(Errc::unauthorized, "a token is needed: send it as \"Authorization: Bearer …\""),
        ""));
}

/// By whom they are sent, where that is known: many may share an address. `caller`: or null.
std::optional<Refusal> Door::too_often(const Request& request, const Caller* caller) {
    if (options_.request_rate == 0) return std::nullopt;
    const bool is_known = caller != nullptr && caller->id.contains(':');
    const auto peer = base::parse_ip(request.peer);
    if (!is_known && peer && peer->is_loopback()) return std::nullopt;
    const auto pause = requests_.note(is_known ? caller->id : rate_key(request.peer),
                                      base::Deadline::clock::now());
    if (!pause) return std::nullopt;
    return too_many(
        text("more requests than server.request_rate allows ", is_known ? caller->id : request.peer,
             ": ", options_.request_rate, " a second"),
        *pause);
}

Refusal Door::refuse_token(const Request& request, const std::string& cause) {
    const auto pause = failures_.note(rate_key(request.peer), base::Deadline::clock::now());
    if (pause) {
        return too_many(text("too many tokens that are none from ", request.peer,
                             ": the last one, too (", cause, ")"),
                        *pause);
    }
    base::log::warning("auth.refused", {{"peer", request.peer}, {"cause", cause}});
    return challenged(refusal(Errc::unauthorized, cause), ", error=\"invalid_token\"");
}

}  // namespace xpc::api
