#pragma once

#include "api/http.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace xpc::api {

/// 200 (or another status) with a JSON body.
[[nodiscard]] Response json_response(const base::Json& body, int status = 200);

/// `{"error": {"code", "message", "field"}}` with the status that the Errc stands for.
[[nodiscard]] Response problem(const base::Error& error);

/// The same, where the status is the HTTP server's own to choose.
[[nodiscard]] Response problem(int status, std::string_view code, const std::string& message,
                               const std::string& field = {});

}  // namespace xpc::api
