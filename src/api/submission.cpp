#include "api/submission.hpp"

#include "api/wire_json.hpp"

namespace xpc::api {

base::Result<job::Job> submit(
    job::Supervisor& supervisor, const OwnUrl& own_url, const Request& request,
    const std::function<base::Result<job::JobRequest>(const base::Json& body)>& parse,
    std::string_view interface_name) {
    const auto body = parse_body(request);
    if (!body) return std::unexpected(body.error());
    const auto wanted = parse(*body);
    if (!wanted) return std::unexpected(wanted.error());
    auto job = supervisor.submit(*wanted, own_url(request));
    const bool named_one = body->find(interface_name) != nullptr;
    if (!job && job.error().field == "interfaces" && named_one) job.error().field = interface_name;
    return job;
}

}  // namespace xpc::api
