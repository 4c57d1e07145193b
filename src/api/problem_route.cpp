#include "api/problem_route.hpp"

#include "api/problem_title.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

[[nodiscard]] base::Result<Response> explain(const Request& request) {
    const std::string& code = request.captured.front();
    const auto errc = base::errc_from_code(code);
    if (!errc) {
        return base::refuse(base::Errc::not_found,
                            base::text("problem ", base::quoted(code), ": there is no such code"));
    }
    const base::ErrcTraits& row = base::traits(*errc);
    Response response;
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    response.body =
        base::text(problem_title(*errc), " (", row.code, ", HTTP status ", row.http_status,
                   ").\nThe problem's detail says what and why; docs/http-api.md has all codes.\n");
    return response;
}

}  // namespace

Route problem_route() {
    return {"GET", "/problems/{code}", explain};
}

}  // namespace xpc::api
