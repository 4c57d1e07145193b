#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/audit.hpp"
#include "api/door.hpp"
#include "api/http.hpp"
#include "api/http_metrics.hpp"
#include "api/problem.hpp"
#include "base/error.hpp"

namespace xpc::api {

/// Answers a request, or throws Failure.
using RouteHandler = std::function<base::Result<Response>(const Request&)>;

/// Called once, by any thread, with what makes the reply, or throws Failure.
using Later = std::function<void(std::move_only_function<base::Result<Response>()>)>;

/// Answers a request later, which is there until then; or refuses it now, or throws Failure, and
/// calls nothing. Does not wait for the disk.
using LateRouteHandler = std::function<base::Result<void>(const Request&, Later)>;

struct Route {
    std::string_view method;  ///< GET answers HEAD too
    std::string_view path;    ///< "/objects/{bucket}/{key}": each {…} stands for one segment
    std::variant<RouteHandler, LateRouteHandler> handler;
    ErrorForm errors = ErrorForm::problem;
};

/// Finds the route for a request, and makes a reply of whatever comes of it: the one place where a
/// request's exceptions end.
/// Threads: any.
class Router {
public:
    /// Lifetime: the metrics, the door and the audit, where there are any, outlive the router.
    /// Errors:   Failure(internal) for a route that is not in the table of access.cpp, where there
    ///           is a door.
    explicit Router(std::vector<Route> routes, HttpMetrics* metrics = nullptr, Door* door = nullptr,
                    Audit* audit = nullptr);

    /// Lifetime: the router is there until the reply has been called.
    void answer(Request request, Reply reply) const;

private:
    using Place = HttpMetrics::Place;

    /// A request on its way to its reply. Of one thread at a time.
    struct Exchange {
        Request request;
        Reply reply;
        Response response;
        base::Deadline began;
        // where it has been found to belong
        Place* place = nullptr;
        ErrorForm errors = ErrorForm::problem;
    };

    /// Who answers it later has one.
    using Shared = std::shared_ptr<Exchange>;

    [[nodiscard]] std::optional<Response> route(const Shared& exchange) const;
    [[nodiscard]] std::optional<Response> act(const Shared& exchange, const Route& route) const;
    template <typename Make>
    void guarded(const Shared& exchange, Make make) const;
    void finish(const Shared& exchange, Response response) const;

    std::vector<Route> routes_;
    std::vector<Access> access_;  ///< of the routes
    std::vector<Place*> places_;  ///< of the routes, and last of what is none; null: not counted
    Door* door_;
    Audit* audit_;
};

/// The words behind the "?" of a target, decoded; nothing where they are malformed.
[[nodiscard]] std::optional<std::map<std::string, std::string>> parse_query(std::string_view raw);

}  // namespace xpc::api
