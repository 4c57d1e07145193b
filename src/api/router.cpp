#include "api/router.hpp"

#include <algorithm>
#include <iterator>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::text;

/// What stands for the pattern's {…} in `path`; nothing where it does not match. Segments are
/// compared as they were sent and decoded afterwards, so that %2F is never a separator. "{…...}",
/// at the end, stands for one segment or more.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
    const auto wanted = base::split(pattern, '/');
    const auto given = base::split(path, '/');
    const bool takes_rest = wanted.back().ends_with("...}");
    if (takes_rest ? given.size() < wanted.size() : given.size() != wanted.size()) {
        return std::nullopt;
    }
    std::vector<std::string> captured;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const bool is_rest = i >= wanted.size();
        if (!is_rest && !wanted[i].starts_with('{')) {
            if (wanted[i] != given[i]) return std::nullopt;
            continue;
        }
        auto decoded = base::percent_decoded(given[i]);
        if (!decoded || decoded->empty()) return std::nullopt;
        if (is_rest) {
            captured.back() += text('/', *decoded);
        } else {
            captured.push_back(std::move(*decoded));
        }
    }
    return captured;
}

/// The log has the cause; the client gets a word to find it by.
Response internal_error(const Request& request, const char* cause, ErrorForm form) {
    const std::string event = base::random_hex(6);
    base::log::error(
        "request.failed",
        {{"id", event}, {"method", request.method}, {"target", request.target}, {"cause", cause}});
    return problem({.errc = Errc::internal,
                    .message = text("internal error; the log has it as event ", event),
                    .field = {}},
                   form);
}

/// What is too much now may be done later: by then a job that waited may have begun.
Response refused(const base::Error& error, ErrorForm form) {
    Response response = problem(error, form);
    if (response.status == 429 || response.status == 503) {
        response.headers.push_back(retry_after(std::chrono::seconds(10)));
    }
    return response;
}

Response shown(Refusal refusal, ErrorForm form) {
    Response response = problem(refusal.error, form);
    std::ranges::move(refusal.headers, std::back_inserter(response.headers));
    return response;
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_query(std::string_view raw) {
    std::map<std::string, std::string> query;
    if (raw.empty()) return query;
    for (const std::string_view pair : base::split(raw, '&')) {
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        auto name = base::percent_decoded(pair.substr(0, equals));
        auto value = base::percent_decoded(
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
        if (!name || !value) return std::nullopt;
        query.insert_or_assign(std::move(*name), std::move(*value));
    }
    return query;
}

Router::Router(std::vector<Route> routes, HttpMetrics* metrics, Door* door, Audit* audit)
    : routes_(std::move(routes)), door_(door), audit_(audit) {
    for (const Route& one : routes_) {
        const auto access = access_of(one.method, one.path);
        if (!access && door_ != nullptr) {
            throw base::Failure(Errc::internal, text("route ", one.method, " ", one.path,
                                                     ": has no row in api/access.cpp"));
        }
        access_.push_back(access.value_or(Access::admin));
    }
    for (const Route& one : routes_)
        places_.push_back(metrics == nullptr ? nullptr : &metrics->place(one.method, one.path));
    places_.push_back(metrics == nullptr ? nullptr : &metrics->elsewhere());
}

void Router::answer(Request request, Reply reply) const {
    const auto exchange = std::make_shared<Exchange>(Exchange{.request = std::move(request),
                                                              .reply = std::move(reply),
                                                              .response = {},
                                                              .began = base::Deadline::clock::now(),
                                                              .place = places_.back()});
    guarded(exchange, [&] { return route(exchange); });
}

template <typename Make>
void Router::guarded(const Shared& exchange, Make make) const {
    const Request& request = exchange->request;
    std::optional<Response> made;
    try {
        made = make();
    } catch (const base::Failure& failure) {
        const base::Error& error = failure.error();
        base::log::event(
            base::traits(error.errc).severity, "request.not_done",
            {{"method", request.method}, {"target", request.target}, {"cause", error.message}});
        made = refused(error, exchange->errors);
    } catch (const std::exception& unexpected) {
        made = internal_error(request, unexpected.what(), exchange->errors);
    }
    if (made) finish(exchange, std::move(*made));
}

void Router::finish(const Shared& exchange, Response response) const {
    exchange->response = std::move(response);
    auto done = [exchange] {
        if (exchange->place != nullptr) {
            exchange->place->add(exchange->response.status,
                                 base::Deadline::clock::now() - exchange->began);
        }
        exchange->reply(std::move(exchange->response));
    };
    if (audit_ == nullptr) return done();
    audit_->note(exchange->request, exchange->response, std::move(done));
}

/// Nothing where the reply comes later.
std::optional<Response> Router::act(const Shared& exchange, const Route& route) const {
    const Request& request = exchange->request;
    const auto shown = [](base::Result<Response> response, ErrorForm form) {
        return response ? std::move(*response) : refused(response.error(), form);
    };
    if (const auto* const handler = std::get_if<RouteHandler>(&route.handler)) {
        if (request.will_wait) request.will_wait();
        Response response = shown((*handler)(request), route.errors);
        if (response.stream && door_ != nullptr) {
            response.stream = door_->watched(std::move(response.stream), request.caller);
        }
        return response;
    }
    const Later later = [this, exchange, shown](auto make) {
        guarded(exchange, [&] { return shown(make(), exchange->errors); });
    };
    const auto taken = std::get<LateRouteHandler>(route.handler)(request, later);
    if (!taken) return refused(taken.error(), exchange->errors);
    return std::nullopt;
}

std::optional<Response> Router::route(const Shared& exchange) const {
    Request& request = exchange->request;
    const std::string_view target = request.target;
    const auto question = target.find('?');
    const std::string_view path = target.substr(0, question);
    auto query = parse_query(question == std::string_view::npos ? std::string_view()
                                                                : target.substr(question + 1));
    if (!query) {
        return problem(
            {.errc = Errc::malformed_request,
             .message = text("query of ", base::quoted(target), ": is not percent-encoded"),
             .field = {}});
    }
    request.query = std::move(*query);
    const std::string_view method =
        request.method == "HEAD" ? "GET" : std::string_view(request.method);
    std::string allowed;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        const Route& one = routes_[i];
        auto captured = match(one.path, path);
        if (!captured) continue;
        if (one.method != method) {
            allowed +=
                text(allowed.empty() ? "" : ", ", one.method, one.method == "GET" ? ", HEAD" : "");
            continue;
        }
        request.captured = std::move(*captured);
        request.route = one.path;
        exchange->place = places_[i];
        exchange->errors = one.errors;
        if (door_ != nullptr) {
            if (auto admitted = door_->admit(request, access_[i]); !admitted) {
                return shown(std::move(admitted.error()), one.errors);
            }
        }
        if (audit_ != nullptr) audit_->make_ready(access_[i]);
        return act(exchange, one);
    }
    if (allowed.empty()) {
        return problem({.errc = Errc::not_found,
                        .message = text("path ", base::quoted(path), ": there is nothing here"),
                        .field = {}});
    }
    Response refusal = problem({.errc = Errc::method_not_allowed,
                                .message = text("method ", base::quoted(request.method), " on ",
                                                base::quoted(path), ": only ", allowed),
                                .field = {}});
    refusal.headers.emplace_back("Allow", allowed);
    return refusal;
}

}  // namespace xpc::api
