#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

namespace xpc::api {

/// A request, complete, within its limits.
struct Request {
    std::string method;
    std::string target;  ///< as sent: "/path?query"
    std::map<std::string, std::string>
        headers;  ///< names in lower case; of repeated ones the first
    std::string body;

    [[nodiscard]] std::string_view header(std::string_view name) const;

    // filled in by the router
    std::vector<std::string> captured;         ///< what stood for the {…} of the route, decoded
    std::map<std::string, std::string> query;  ///< decoded
};

/// Bytes of a file that are sent as a body.
struct FileBody {
    base::UniqueFd file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<FileBody> file;  ///< in place of `body`
};

/// Answers a request. Does not throw. May block: it has a thread of the pool to itself.
using Handler = std::function<Response(Request)>;

}  // namespace xpc::api
