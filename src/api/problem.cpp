#include "api/problem.hpp"

#include "api/problem_title.hpp"
#include "base/text.hpp"

namespace xpc::api {

using base::Json;

Response json_response(const Json& body, int status) {
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = body.dump() + "\n";
    return response;
}

Response problem(const base::Error& error, ErrorForm form) {
    return problem(base::traits(error.errc).http_status, error, form);
}

Response problem(int status, const base::Error& error, ErrorForm form) {
    const base::ErrcTraits& row = base::traits(error.errc);
    const Json field = base::text_or_null(error.field);
    const Json original =
        Json::object({{"code", row.code}, {"message", error.message}, {"field", field}});
    if (form == ErrorForm::original)
        return json_response(Json::object({{"error", original}}), status);
    Response response = json_response(Json::object({{"type", base::text("/problems/", row.code)},
                                                    {"title", problem_title(error.errc)},
                                                    {"status", status},
                                                    {"detail", error.message},
                                                    {"code", row.code},
                                                    {"field", field},
                                                    {"error", original}}),
                                      status);
    response.headers.front().second = "application/problem+json";
    return response;
}

}  // namespace xpc::api
