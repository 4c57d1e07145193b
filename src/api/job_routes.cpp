#include "api/job_routes.hpp"

#include <algorithm>

#include "api/file_response.hpp"
#include "api/problem.hpp"
#include "api/submission.hpp"
#include "api/wire_json.hpp"
#include "base/text.hpp"
#include "sink/bucket_name.hpp"
#include "sink/object_key.hpp"
#include "sink/object_options.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::Json;
using base::refuse;
using base::Result;
using base::text;

[[nodiscard]] Result<Response> create(job::Supervisor& supervisor, const OwnUrl& own_url,
                                      const Request& request) {
    const auto job = submit(supervisor, own_url, request, parse_job_request, "interface");
    if (!job) return std::unexpected(job.error());
    Response response = json_response(to_json(*job), 201);
    response.headers.emplace_back("Location", "/api/v1/jobs/" + job->id);
    return response;
}

template <typename Value>
[[nodiscard]] Result<void> read_word(const Request& request, const std::string& name,
                                     std::optional<Value> (*from)(std::string_view) noexcept,
                                     std::optional<Value>& out) {
    const auto given = request.query.find(name);
    if (given == request.query.end()) return {};
    out = from(given->second);
    if (out) return {};
    return refuse(Errc::invalid_value,
                  text(name, " ", base::quoted(given->second), ": there is no such word"), name);
}

[[nodiscard]] Result<job::ListQuery> parse_list_query(const Request& request) {
    constexpr std::size_t most = 1000;
    job::ListQuery query;
    for (const auto& [name, value] : request.query) {
        if (name == "limit") {
            const auto limit = base::parse_decimal<std::size_t>(value);
            if (!limit || *limit == 0 || *limit > most) {
                return refuse(Errc::invalid_value,
                              text("limit ", base::quoted(value), ": must be 1 to ", most), name);
            }
            query.limit = *limit;
        } else if (name == "before") {
            query.before = value;
        } else if (name != "state" && name != "delivery") {
            return refuse(Errc::unknown_field, text(base::quoted(name), ": is not known here"),
                          name);
        }
    }
    if (auto read = read_word(request, "state", &job::state_from, query.state); !read) {
        return std::unexpected(std::move(read.error()));
    }
    if (auto read = read_word(request, "delivery", &job::delivery_from, query.delivery); !read) {
        return std::unexpected(std::move(read.error()));
    }
    return query;
}

[[nodiscard]] Result<Response> list(job::Supervisor& supervisor, const Request& request) {
    const auto query = parse_list_query(request);
    if (!query) return std::unexpected(query.error());
    const auto jobs = supervisor.list(*query);
    Json::Array shown;
    for (const job::Job& job : jobs)
        shown.push_back(to_json(job));
    const Json next = jobs.size() == query->limit ? Json(jobs.back().id) : Json();
    return json_response(Json::object({{"jobs", std::move(shown)}, {"next", next}}));
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

Result<Response> remove(job::Supervisor& supervisor, const Request& request) {
    const auto removed = supervisor.remove(request.captured.front());
    if (!removed) return std::unexpected(removed.error());
    Response response;
    response.status = 204;
    return response;
}

/// "1.pcap" of "2026/1.pcap".
std::string last_name(const std::string& key) {
    return key.substr(key.rfind('/') + 1);
}

/// What the file on our disk is called, which is never compressed.
std::string kept_name(const job::Job& job) {
    constexpr std::string_view compressed = sink::compressed_extension;
    std::string name = last_name(job.destination.key);
    if (name.ends_with(compressed)) name.resize(name.size() - compressed.size());
    return name;
}

[[nodiscard]] Result<Response> file(job::Supervisor& supervisor, const sink::Sinks& sinks,
                                    const Request& request) {
    const auto job = supervisor.find(request.captured.front());
    if (!job) return std::unexpected(job.error());
    if (!job->objects.empty()) {
        return refuse(Errc::conflict, text("job ", job->number,
                                           ": has several files: its objects "
                                           "say where each of them is"));
    }
    const sink::Destination& destination = job->destination;
    if (job->position.delivery == job::Delivery::failed) {
        return file_response(request, supervisor.spool_file(*job), kept_name(*job));
    }
    if (job->position.delivery != job::Delivery::delivered) {
        return refuse(Errc::conflict, text("job ", job->number, ": its file is not complete yet"));
    }
    if (destination.store == sink::StoreKind::embedded) {
        auto response =
            file_response(request, sinks.object_path(destination), last_name(destination.key));
        if (!response && response.error().errc == Errc::not_found) {
            response.error().message =
                text("job ", job->number, ": its file is not kept any longer (delivery.keep_for, ",
                     "delivery.keep_size), or somebody has removed it");
        }
        return response;
    }
    Response response;
    response.status = 307;
    response.headers.emplace_back("Location", sinks.presigned_url(destination));
    return response;
}

[[nodiscard]] Result<Response> object(const sink::Sinks& sinks, const Request& request) {
    const std::string& bucket = request.captured[0];
    const std::string& key = request.captured[1];
    if (!sink::check_bucket_name(bucket) || !sink::is_object_key(key)) {
        return refuse(Errc::not_found, text("object ", base::quoted(key), ": no such object"));
    }
    return file_response(
        request,
        sinks.object_path({.store = sink::StoreKind::embedded, .bucket = bucket, .key = key}),
        last_name(key));
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

Response ready(const job::Supervisor& supervisor) {
    Json::Array reasons;
    for (const base::Error& obstacle : supervisor.obstacles())
        reasons.emplace_back(obstacle.message);
    if (reasons.empty()) return json_response(Json::object({{"status", "ok"}}));
    return json_response(Json::object({{"status", "not ready"}, {"reasons", std::move(reasons)}}),
                         503);
}

}  // namespace

std::vector<Route> job_routes(job::Supervisor& supervisor, const sink::Sinks& sinks,
                              OwnUrl own_url) {
    const auto on_jobs = [&supervisor](auto act) -> RouteHandler {
        return [&supervisor, act](const Request& request) { return act(supervisor, request); };
    };
    return {
        {"POST", "/api/v1/jobs",
         [&supervisor, own_url](const Request& request) {
             return create(supervisor, own_url, request);
         }},
        {"GET", "/api/v1/jobs", on_jobs(list)},
        {"GET", "/api/v1/jobs/{id}", on_jobs(read)},
        {"DELETE", "/api/v1/jobs/{id}", on_jobs(remove)},
        {"POST", "/api/v1/jobs/{id}/stop", on_jobs(stop)},
        {"GET", "/api/v1/jobs/{id}/file",
         [&supervisor, &sinks](const Request& request) {
             return file(supervisor, sinks, request);
         }},
        {"GET", "/api/v1/jobs/{id}/transcript", on_jobs(transcript)},
        {"GET", "/objects/{bucket}/{key...}",
         [&sinks](const Request& request) { return object(sinks, request); }},
        {"GET", "/healthz",
         [](const Request&) { return json_response(Json::object({{"status", "ok"}})); }},
        {"GET", "/readyz", [&supervisor](const Request&) { return ready(supervisor); }},
    };
}

}  // namespace xpc::api
