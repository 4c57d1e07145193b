#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/http.hpp"
#include "api/http_metrics.hpp"
#include "base/error.hpp"

namespace xpc::api {

/// Answers a request, or throws Failure.
using RouteHandler = std::function<base::Result<Response>(const Request&)>;

struct Route {
    std::string_view method;  ///< GET answers HEAD too
    std::string_view path;    ///< "/objects/{bucket}/{key}": each {…} stands for one segment
    RouteHandler handler;
};

/// Finds the route for a request, and makes a reply of whatever comes of it: the one place where a
/// request's exceptions end.
/// Threads: any.
class Router {
public:
    /// Lifetime: the metrics, where there are any, outlive the router.
    explicit Router(std::vector<Route> routes, HttpMetrics* metrics = nullptr);

    [[nodiscard]] Response answer(Request request) const;

private:
    using Place = HttpMetrics::Place;

    [[nodiscard]] Response guarded(Request& request, Place*& place) const;
    [[nodiscard]] Response route(Request& request, Place*& place) const;

    std::vector<Route> routes_;
    std::vector<Place*> places_;  ///< of the routes, and last of what is none; null: not counted
};

/// The words behind the "?" of a target, decoded; nothing where they are malformed.
[[nodiscard]] std::optional<std::map<std::string, std::string>> parse_query(std::string_view raw);

}  // namespace xpc::api
