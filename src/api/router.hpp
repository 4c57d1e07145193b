#pragma once

#include <string>
#include <string_view>
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

struct Route {
    std::string_view method;  ///< GET answers HEAD too
    std::string_view path;    ///< "/objects/{bucket}/{key}": each {…} stands for one segment
    RouteHandler handler;
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

    [[nodiscard]] Response answer(Request request) const;

private:
    using Place = HttpMetrics::Place;

    /// Where a request has been found to belong.
    struct Found {
        Place* place = nullptr;
        ErrorForm errors = ErrorForm::problem;
    };

    [[nodiscard]] Response guarded(Request& request, Found& found) const;
    [[nodiscard]] Response route(Request& request, Found& found) const;

    std::vector<Route> routes_;
    std::vector<Access> access_;  ///< of the routes
    std::vector<Place*> places_;  ///< of the routes, and last of what is none; null: not counted
    Door* door_;
    Audit* audit_;
};

/// The words behind the "?" of a target, decoded; nothing where they are malformed.
[[nodiscard]] std::optional<std::map<std::string, std::string>> parse_query(std::string_view raw);

}  // namespace xpc::api
