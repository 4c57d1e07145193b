#include "api/audit.hpp"

#include <utility>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

using base::Json;

// A request is a few hundred bytes; what is longer is cut, and its length told.
constexpr std::size_t most_body = 4096;
constexpr std::size_t most_target = 1024;

bool changes_or_takes(Access access) {
    switch (access) {
        case Access::jobs_write:
        case Access::files_read:
        case Access::admin:
        case Access::original_write:
            return true;
        case Access::open:
        case Access::jobs_read:
        case Access::original_read:
            return false;
    }
    std::unreachable();
}

/// For who asked, or how often, and not for what.
bool is_refusal(int status) {
    return status == 401 || status == 403 || status == 421 || status == 429;
}

std::string cut(std::string_view whole, std::size_t most) {
    return std::string(whole.substr(0, most));
}

/// The id of the job that it is about: of a new one the server's word, else what the path says.
std::string job_of(const Request& request, const Response& response) {
    const std::string_view route = request.route;
    if (!response.job.empty()) return response.job;
    if (route.starts_with("/api/v1/jobs/{") && !request.captured.empty()) {
        return request.captured.front();
    }
    return {};
}

}  // namespace

void Audit::make_ready(Access access) {
    if (changes_or_takes(access)) log_.make_ready();
}

void Audit::note(const Request& request, const Response& response,
                 std::move_only_function<void()> noted) noexcept {
    const auto failed = [](const char* cause) {  // what was asked for is done, and is said to be
        base::log::error("audit.not_written", {{"cause", cause}});
    };
    std::optional<Json::Object> line;
    try {
        line = line_of(request, response);
    } catch (const std::exception& unexpected) {
        failed(unexpected.what());
    }
    if (!line) return noted();
    log_.append(std::move(*line), [noted = std::move(noted),
                                   failed](const std::optional<base::Error>& error) mutable {
        if (error) failed(error->message.c_str());
        noted();
    });
}

std::optional<Json::Object> Audit::line_of(const Request& request, const Response& response) {
    const bool is_refused = is_refusal(response.status);
    const std::string_view method =
        request.method == "HEAD" ? "GET" : std::string_view(request.method);
    const auto access = access_of(method, request.route);
    if (!is_refused && !(access && changes_or_takes(*access))) return std::nullopt;
    if (is_refused && refusals_.note(rate_key(request.peer), base::Deadline::clock::now())) {
        ++left_out_;
        return std::nullopt;
    }
    Json::Object line{{.name = "event", .value = "request"},
                      {.name = "who", .value = request.caller.id},
                      {.name = "name", .value = base::text_or_null(request.caller.name)},
                      {.name = "from", .value = request.peer},
                      {.name = "method", .value = request.method},
                      {.name = "route", .value = base::text_or_null(std::string(request.route))},
                      {.name = "target", .value = cut(request.target, most_target)},
                      {.name = "job", .value = base::text_or_null(job_of(request, response))},
                      {.name = "allowed", .value = !is_refused},
                      {.name = "status", .value = response.status}};
    if (response.status >= 400) {
        const auto reply = base::parse_json(response.body);
        const Json* const error = reply ? reply->find("error") : nullptr;
        line.push_back(
            {.name = "why", .value = error == nullptr ? Json() : Json(error->text_at("code"))});
    }
    if (!is_refused && !request.body.empty()) {
        line.push_back({.name = "request", .value = cut(request.body, most_body)});
        line.push_back({.name = "request_bytes", .value = std::uint64_t{request.body.size()}});
    }
    if (const auto left_out = left_out_.exchange(0); left_out > 0) {
        line.push_back({.name = "refusals_left_out", .value = left_out});
    }
    return line;
}

void Audit::note_start(std::string_view version) noexcept {
    try {
        const auto before = log_.end();
        log_.append({{.name = "event", .value = "started"}, {.name = "version", .value = version}});
        base::log::info("audit.opened", {{"lines", before.lines}, {"sha256", before.digest}});
    } catch (const std::exception& unexpected) {  // a full disk: what is not written yet is kept
        base::log::error("audit.not_written", {{"cause", unexpected.what()}});
    }
}

}  // namespace xpc::api
