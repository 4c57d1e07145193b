#pragma once

#include "api/http.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace xpc::api {

/// How a reply says what is wrong.
enum class ErrorForm {
    problem,   ///< RFC 9457, with the other form's member as an extension
    original,  ///< `{"error": {"code", "message", "field"}}`, which the original API's clients know
};

/// 200 (or another status) with a JSON body.
[[nodiscard]] Response json_response(const base::Json& body, int status = 200);

/// With the status that the Errc stands for.
[[nodiscard]] Response problem(const base::Error& error, ErrorForm form = ErrorForm::problem);

/// The same, where the status is the HTTP server's own to choose.
[[nodiscard]] Response problem(int status, const base::Error& error,
                               ErrorForm form = ErrorForm::problem);

}  // namespace xpc::api
