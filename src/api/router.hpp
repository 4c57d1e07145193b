#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/http.hpp"
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
    explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

    [[nodiscard]] Response answer(Request request) const;

private:
    [[nodiscard]] Response route(Request& request) const;

    std::vector<Route> routes_;
};

/// The words behind the "?" of a target, decoded; nothing where they are malformed.
[[nodiscard]] std::optional<std::map<std::string, std::string>> parse_query(std::string_view raw);

}  // namespace xpc::api
