#include "api/job_members.hpp"
#include "api/wire_json.hpp"
#include "base/text.hpp"

namespace xpc::api {

using base::Errc;
using base::Json;
using base::refuse;
using base::Result;
using base::text;

Result<Json> parse_body(const Request& request) {
    const std::string type =
        base::lower(base::trimmed(base::split(request.header("content-type"), ';').front()));
    if (type != "application/json" && !type.ends_with("+json")) {
        return refuse(Errc::unsupported_media_type,
                      text("Content-Type ", base::quoted(request.header("content-type")),
                           ": must be application/json"));
    }
    auto body = base::parse_json(request.body);
    if (!body) return body;
    if (body->object() == nullptr) {
        return refuse(Errc::not_an_object,
                      text("body: must be a JSON object, and is ", body->type_word()));
    }
    return body;
}

Result<job::JobRequest> parse_job_request(const Json& body) {
    job::JobRequest request = default_job_request();
    Members members(body);
    read_job_members(members, request);
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    return request;
}

Result<std::chrono::milliseconds> parse_duration_change(const Json& body) {
    std::chrono::milliseconds duration{};
    Members members(body);
    members.require({"duration"});
    members.read_duration("duration", duration, Members::DurationText::with_unit);
    members.refuse_others();
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    return duration;
}

Result<job::JobRequest> parse_legacy_request(const Json& body) {
    job::JobRequest request = default_legacy_request();
    Members members(body);
    read_legacy_members(members, request);
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    return request;
}

Result<std::int64_t> parse_legacy_job_id(const Json& body) {
    Members members(body);
    members.require({"job_id"});
    const Json* member = members.find("job_id");
    if (member != nullptr && member->integer() != nullptr) return *member->integer();
    std::string digits;
    members.read("job_id", digits);
    if (auto read = members.outcome(); !read) return std::unexpected(std::move(read.error()));
    const auto number = base::parse_decimal<std::uint32_t>(digits);
    if (!number) {
        return refuse(Errc::invalid_value,
                      text("job_id ", base::quoted(digits), ": must have only digits"), "job_id");
    }
    return std::int64_t{*number};
}

}  // namespace xpc::api
