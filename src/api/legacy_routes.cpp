#include "api/legacy_routes.hpp"

#include <optional>
#include <utility>

#include "api/problem.hpp"
#include "api/submission.hpp"
#include "api/wire_json.hpp"

namespace xpc::api {
namespace {

using base::Json;
using base::Result;

[[nodiscard]] Result<void> create(job::Supervisor& supervisor, const OwnUrl& own_url,
                                  const std::string& device, const Request& request, Later later) {
    const auto parse = [&device](const Json& body) {
        auto wanted = parse_legacy_request(body);
        if (wanted) wanted->device = device;
        return wanted;
    };
    auto submitted = [later = std::move(later)](auto outcome) {
        later([&outcome]() -> Result<Response> {
            const auto stored = outcome.take();
            if (!stored) return std::unexpected(stored.error());
            std::string number = std::to_string(stored->job.number);
            Response response = json_response(Json::object({{"job_id", number}}));
            response.job = std::move(number);
            return response;
        });
    };
    return act_on_request(request, parse, "iface", [&](const job::JobRequest& wanted) {
        return supervisor.submit(wanted, own_url(request), std::nullopt, std::move(submitted));
    });
}

[[nodiscard]] Result<Response> status(job::Supervisor& supervisor, const Request& request) {
    const auto body = parse_body(request);
    if (!body) return std::unexpected(body.error());
    const auto number = parse_legacy_job_id(*body);
    if (!number) return std::unexpected(number.error());
    auto job = supervisor.find(std::to_string(*number));
    if (!job) {
        job.error().field = "job_id";
        return std::unexpected(std::move(job.error()));
    }
    return json_response(to_legacy_json(*job));
}

}  // namespace

std::vector<Route> legacy_routes(job::Supervisor& supervisor, OwnUrl own_url, std::string device) {
    return {
        {"POST", "/pcap_json",
         [&supervisor, own_url, device](const Request& request, Later later) {
             return create(supervisor, own_url, device, request, std::move(later));
         },
         ErrorForm::original},
        {"POST", "/status_json",
         [&supervisor](const Request& request) { return status(supervisor, request); },
         ErrorForm::original},
    };
}

}  // namespace xpc::api
