#pragma once

#include "api/http.hpp"
#include "base/json.hpp"
#include "job/job.hpp"

namespace xpc::api {

// What goes over the wire, and what it means. The contract is docs/http-api.md.

/// The body of a request that must be a JSON object.
/// Errors: unsupported_media_type, malformed_json, not_an_object.
[[nodiscard]] base::Result<base::Json> parse_body(const Request& request);

/// A job of `/api/v1`. Errors: missing_field, wrong_type, unknown_field, invalid_value.
[[nodiscard]] base::Result<job::JobRequest> parse_job_request(const base::Json& body);

/// What a PATCH of a job changes: `{"duration": …}`, which is all that can be.
/// Errors: as parse_job_request().
[[nodiscard]] base::Result<std::chrono::milliseconds> parse_duration_change(const base::Json& body);

/// A job of the original API: `iface`, and everything required. Members it does not know are left
/// alone, as the original did.
[[nodiscard]] base::Result<job::JobRequest> parse_legacy_request(const base::Json& body);

/// `{"job_id": 905928}` or `{"job_id": "905928"}`.
[[nodiscard]] base::Result<std::int64_t> parse_legacy_job_id(const base::Json& body);

[[nodiscard]] base::Json to_json(const job::Job& job);
[[nodiscard]] base::Json to_json(const job::Counters& counters);

/// The member `request` of a job.
[[nodiscard]] base::Json to_json(const job::JobRequest& request);

/// The original's reply to /status_json: exactly its eight members.
[[nodiscard]] base::Json to_legacy_json(const job::Job& job);

/// WAITING, STARTED, STOPPED, UPLOADING, UPLOADED or ERROR.
[[nodiscard]] std::string_view legacy_status(job::Position position) noexcept;

}  // namespace xpc::api
