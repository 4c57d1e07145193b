#include "api/job_routes.hpp"

#include <algorithm>
#include <ranges>

#include "api/file_response.hpp"
#include "api/idempotency_key.hpp"
#include "api/list_page.hpp"
#include "api/problem.hpp"
#include "api/submission.hpp"
#include "api/wire_json.hpp"
#include "api/wire_rehearsal.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::Json;
using base::refuse;
using base::Result;
using base::text;

/// The draft's own status for a key that stands for something else (2.7).
Response reused_key(const base::Error& error) {
    constexpr int unprocessable_content = 422;
    return problem(unprocessable_content, error);
}

[[nodiscard]] Result<Response> created(const Result<job::Submitted>& submitted) {
    if (!submitted) {
        const base::Error& error = submitted.error();
        const bool is_reused = error.errc == Errc::invalid_value && error.field == job::key_field;
        if (is_reused) return reused_key(error);
        return std::unexpected(error);
    }
    Response response = json_response(to_json(submitted->job), 201);
    response.headers.emplace_back("Location", "/api/v1/jobs/" + submitted->job.id);
    response.job = submitted->job.id;
    if (submitted->is_repeat) response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
}

[[nodiscard]] Result<void> create(job::Supervisor& supervisor, const OwnUrl& own_url,
                                  const Request& request, Later later) {
    auto key = idempotency_key(request);
    if (!key) return std::unexpected(std::move(key.error()));
    auto submitted = [later = std::move(later)](auto outcome) {
        later([&outcome] { return created(outcome.take()); });
    };
    return act_on_request(
        request, parse_job_request, "interface", [&](const job::JobRequest& wanted) {
            return supervisor.submit(wanted, own_url(request), *key, std::move(submitted));
        });
}

[[nodiscard]] Result<Response> rehearse(job::Supervisor& supervisor, const OwnUrl& own_url,
                                        const Request& request) {
    const auto rehearsal =
        act_on_request(request, parse_job_request, "interface", [&](const job::JobRequest& wanted) {
            return supervisor.rehearse(wanted, own_url(request));
        });
    if (!rehearsal) return std::unexpected(rehearsal.error());
    return json_response(to_json(*rehearsal));
}

/// POST /api/v1/jobs, with its one parameter.
[[nodiscard]] Result<void> create_or_rehearse(job::Supervisor& supervisor, const OwnUrl& own_url,
                                              const Request& request, Later later) {
    bool is_dry_run = false;
    for (const auto& [name, value] : request.query) {
        if (name != "dry_run") {
            return refuse(Errc::unknown_field, text(base::quoted(name), ": is not known here"),
                          name);
        }
        if (value != "true" && value != "false") {
            return refuse(Errc::invalid_value,
                          text("dry_run ", base::quoted(value), ": must be true or false"), name);
        }
        is_dry_run = value == "true";
    }
    if (!is_dry_run) return create(supervisor, own_url, request, std::move(later));
    if (request.will_wait) request.will_wait();
    auto rehearsed = rehearse(supervisor, own_url, request);
    later([&rehearsed] { return std::move(rehearsed); });
    return {};
}

/// The cursor behind the last of them, or behind the last that has not been deleted meanwhile.
std::string cursor_behind(job::Supervisor& supervisor, const Request& request,
                          const std::vector<job::Job>& jobs) {
    for (const job::Job& job : jobs | std::views::reverse) {
        if (const auto sequence = supervisor.sequence_of(job)) {
            return cursor_after(request, *sequence);
        }
    }
    return {};
}

/// One job more than is shown is asked for, to know whether there are any behind.
[[nodiscard]] Result<Response> list(job::Supervisor& supervisor, const Request& request) {
    auto query = parse_list_query(request);
    if (!query) return std::unexpected(query.error());
    const std::size_t limit = query->limit++;
    auto jobs = supervisor.list(*query);
    const bool are_more = jobs.size() > limit;
    if (are_more) jobs.pop_back();
    const auto cursor = are_more ? cursor_behind(supervisor, request, jobs) : std::string();
    Json::Array shown;
    for (const job::Job& job : jobs)
        shown.push_back(to_json(job));
    Response response = json_response(
        Json::object({{"jobs", std::move(shown)}, {"next", base::text_or_null(cursor)}}));
    if (!cursor.empty()) {
        response.headers.emplace_back("Link",
                                      text('<', next_target(request, cursor), ">; rel=\"next\""));
    }
    return response;
}

[[nodiscard]] Result<Response> read(job::Supervisor& supervisor, const Request& request) {
    const auto job = supervisor.find(request.captured.front());
    if (!job) return std::unexpected(job.error());
    return json_response(to_json(*job));
}

Result<Response> stop(job::Supervisor& supervisor, const Request& request) {
    const auto job = supervisor.stop(request.captured.front());
    if (!job) return std::unexpected(job.error());
    return json_response(to_json(*job), 202);
}

[[nodiscard]] Result<Response> change(job::Supervisor& supervisor, const Request& request) {
    const auto body = parse_body(request);
    if (!body) return std::unexpected(body.error());
    const auto duration = parse_duration_change(*body);
    if (!duration) return std::unexpected(duration.error());
    if (auto allowed = job::check_duration(request.caller.limits, *duration); !allowed) {
        return std::unexpected(std::move(allowed.error()));
    }
    const auto job = supervisor.set_duration(request.captured.front(), *duration);
    if (!job) return std::unexpected(job.error());
    return json_response(to_json(*job));
}

[[nodiscard]] Result<Response> remove(job::Supervisor& supervisor, const Request& request) {
    const std::string& id = request.captured.front();
    const auto removed = supervisor.remove(id);
    if (!removed) return std::unexpected(removed.error());
    if (*removed == job::Removal::under_way) {
        if (const auto job = supervisor.find(id)) return json_response(to_json(*job), 202);
    }
    Response response;
    response.status = 204;
    return response;
}

[[nodiscard]] Result<Response> transcript(job::Supervisor& supervisor, const Request& request) {
    const auto job = supervisor.find(request.captured.front());
    if (!job) return std::unexpected(job.error());
    auto response = text_response(request, supervisor.transcript_file(*job));
    if (!response && response.error().errc == Errc::not_found) {
        response.error().message =
            text("job ", job->number, ": nothing was said to a device for it");
    }
    return response;
}

/// The reasons name devices: not for everybody.
Response ready(const job::Supervisor& supervisor, const Request& request) {
    Json::Array reasons;
    for (const base::Error& obstacle : supervisor.obstacles())
        reasons.emplace_back(obstacle.message);
    if (reasons.empty()) return json_response(Json::object({{"status", "ok"}}));
    if (!job::allows(request.caller.scopes, job::Scope::jobs_read)) {
        return json_response(Json::object({{"status", "not ready"}}), 503);
    }
    return json_response(Json::object({{"status", "not ready"}, {"reasons", std::move(reasons)}}),
                         503);
}

}  // namespace

std::vector<Route> job_routes(job::Supervisor& supervisor, OwnUrl own_url) {
    const auto on_jobs = [&supervisor](auto act) -> RouteHandler {
        return [&supervisor, act](const Request& request) { return act(supervisor, request); };
    };
    return {
        {"POST", "/api/v1/jobs",
         [&supervisor, own_url](const Request& request, Later later) {
             return create_or_rehearse(supervisor, own_url, request, std::move(later));
         }},
        {"GET", "/api/v1/jobs", on_jobs(list)},
        {"GET", "/api/v1/jobs/{id}", on_jobs(read)},
        {"PATCH", "/api/v1/jobs/{id}", on_jobs(change)},
        {"DELETE", "/api/v1/jobs/{id}", on_jobs(remove)},
        {"POST", "/api/v1/jobs/{id}/stop", on_jobs(stop)},
        {"GET", "/api/v1/jobs/{id}/transcript", on_jobs(transcript)},
        {"GET", "/healthz",
         [](const Request&) { return json_response(Json::object({{"status", "ok"}})); }},
        {"GET", "/readyz",
         [&supervisor](const Request& request) { return ready(supervisor, request); }},
    };
}

}  // namespace xpc::api
