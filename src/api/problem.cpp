#include "api/problem.hpp"

namespace xpc::api {

using base::Json;

Response json_response(const Json& body, int status) {
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = body.dump() + "\n";
    return response;
}

Response problem(const base::Error& error) {
    const base::ErrcTraits& row = base::traits(error.errc);
    return problem(row.http_status, row.code, error.message, error.field);
}

Response problem(int status, std::string_view code, const std::string& message,
                 const std::string& field) {
    const Json named = field.empty() ? Json() : Json(field);
    return json_response(
        Json::object(
            {{"error", Json::object({{"code", code}, {"message", message}, {"field", named}})}}),
        status);
}

}  // namespace xpc::api
