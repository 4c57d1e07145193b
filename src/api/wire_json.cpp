#include "api/wire_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "capture/engines.hpp"

namespace xpc::api {
namespace {

using base::Errc;
using base::Json;
using base::refuse;
using base::Result;
using base::text;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::unexpected<base::Error> missing(std::string_view name) {
    return refuse(Errc::missing_field, text(name, ": is missing"), std::string(name));
}

std::unexpected<base::Error> wrong_type(std::string_view name, std::string_view wanted,
                                        const Json& found) {
    return refuse(Errc::wrong_type,
                  text(name, ": must be ", wanted, ", and is ", found.type_word()),
                  std::string(name));
}

[[nodiscard]] Result<std::string> text_member(const Json& body, std::string_view name,
                                              std::optional<std::string_view> otherwise) {
    const Json* member = body.find(name);
    if (member == nullptr) {
        if (!otherwise) return missing(name);
        return std::string(*otherwise);
    }
    const std::string* value = member->string();
    if (value == nullptr) return wrong_type(name, "a string", *member);
    return *value;
}

[[nodiscard]] Result<bool> truth_member(const Json& body, std::string_view name, bool otherwise) {
    const Json* member = body.find(name);
    if (member == nullptr) return otherwise;
    const bool* value = member->boolean();
    if (value == nullptr) return wrong_type(name, "true or false", *member);
    return *value;
}

std::unexpected<base::Error> bad_duration(const std::string& shown) {
    return refuse(Errc::invalid_value,
                  text("duration ", shown, ": must be a whole number of seconds, more than 0"),
                  "duration");
}

// A century: nothing above can be meant, and everything below can be counted in nanoseconds.
constexpr std::int64_t most_seconds = std::int64_t{100} * 366 * 86'400;

[[nodiscard]] Result<milliseconds> whole_seconds(std::int64_t count) {
    if (count <= 0 || count > most_seconds) return bad_duration(std::to_string(count));
    return milliseconds(seconds(count));
}

/// A number of seconds, however it was written: 10 and 10.0 are the same number.
[[nodiscard]] Result<milliseconds> numeric_duration(const Json& member) {
    if (const auto* whole = member.integer()) return whole_seconds(*whole);
    const double value = *member.floating();
    if (!(std::abs(value) <= static_cast<double>(most_seconds)) || std::floor(value) != value) {
        return bad_duration(member.dump());
    }
    return whole_seconds(static_cast<std::int64_t>(value));
}

bool is_number(const Json& value) {
    return value.integer() != nullptr || value.floating() != nullptr;
}

[[nodiscard]] Result<milliseconds> duration_member(
    const Json& body, std::optional<milliseconds> otherwise,
    const std::function<Result<milliseconds>(const std::string&)>& parse) {
    const Json* member = body.find("duration");
    if (member == nullptr) {
        if (!otherwise) return missing("duration");
        return *otherwise;
    }
    if (is_number(*member)) return numeric_duration(*member);
    const std::string* words = member->string();
    if (words == nullptr) return wrong_type("duration", "a number or a string", *member);
    return parse(*words);
}

[[nodiscard]] Result<milliseconds> duration_in_digits(const std::string& words) {
    const auto count = base::parse_decimal<std::uint32_t>(words);
    if (!count) return bad_duration(base::quoted(words));
    return whole_seconds(*count);
}

[[nodiscard]] Result<milliseconds> duration_with_unit(const std::string& words) {
    auto parsed = base::parse_duration(words);
    if (!parsed) {
        parsed.error().field = "duration";
        return parsed;
    }
    if (parsed->count() % 1000 != 0) return bad_duration(base::quoted(words));
    return whole_seconds(parsed->count() / 1000);
}

/// The members that both APIs have, `interface` by the name that it has there.
[[nodiscard]] Result<job::JobRequest> parse_members(const Json& body,
                                                    std::string_view interface_name,
                                                    bool is_legacy) {
    const auto unless_given = [is_legacy](std::string_view value) {
        return is_legacy ? std::nullopt : std::optional(value);
    };
    job::JobRequest request;

    struct Member {
        std::string_view name;
        std::string* value;
        std::optional<std::string_view> otherwise;
    };

    const auto members = std::to_array<Member>({
        {interface_name, &request.interface, std::nullopt},
        {"proto", &request.proto, unless_given("any")},
        {"src", &request.src, unless_given("any")},
        {"dst", &request.dst, unless_given("any")},
        {"bucket", &request.bucket, unless_given("xepacketcap")},
    });
    for (const Member& member : members) {
        auto value = text_member(body, member.name, member.otherwise);
        if (!value) return std::unexpected(std::move(value.error()));
        *member.value = std::move(*value);
    }
    const auto bidirectional = truth_member(body, "bidirectional", !is_legacy);
    if (!bidirectional) return std::unexpected(bidirectional.error());
    request.bidirectional = *bidirectional;
    constexpr seconds usual{60};
    const auto duration =
        duration_member(body, is_legacy ? std::nullopt : std::optional<milliseconds>(usual),
                        is_legacy ? duration_in_digits : duration_with_unit);
    if (!duration) return std::unexpected(duration.error());
    request.duration = *duration;
    request.device = capture::local_device;
    return request;
}

Json time_or_null(const std::optional<base::WallTime>& when) {
    return when ? Json(base::rfc3339(*when)) : Json();
}

Json request_json(const job::JobRequest& request) {
    return Json::object({{"device", request.device},
                         {"interface", request.interface},
                         {"proto", request.proto},
                         {"src", request.src},
                         {"dst", request.dst},
                         {"bidirectional", request.bidirectional},
                         {"duration", std::int64_t{request.duration.count() / 1000}},
                         {"bucket", request.bucket}});
}

Json counters_json(const job::Counters& counters) {
    return Json::object({{"received", counters.received},
                         {"captured", counters.captured},
                         {"filtered", counters.filtered},
                         {"dropped", Json::object({{"ring", counters.dropped_ring},
                                                   {"queue", counters.dropped_queue},
                                                   {"disk", counters.dropped_disk}})},
                         {"bytes", counters.bytes}});
}

Json object_json(const std::optional<sink::Receipt>& receipt) {
    if (!receipt) return {};
    return Json::object({{"bucket", receipt->bucket},
                         {"key", receipt->key},
                         {"bytes", receipt->bytes},
                         {"etag", receipt->etag}});
}

}  // namespace

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
    constexpr std::array<std::string_view, 8> known{
        "device", "interface", "proto", "src", "dst", "bidirectional", "duration", "bucket"};
    for (const auto& [name, value] : *body.object()) {
        if (std::ranges::find(known, name) == known.end()) {
            return refuse(Errc::unknown_field, text(base::quoted(name), ": is not known here"),
                          name);
        }
    }
    auto request = parse_members(body, "interface", false);
    if (!request) return request;
    auto device = text_member(body, "device", capture::local_device);
    if (!device) return std::unexpected(std::move(device.error()));
    request->device = std::move(*device);
    return request;
}

Result<job::JobRequest> parse_legacy_request(const Json& body) {
    return parse_members(body, "iface", true);
}

Result<std::int64_t> parse_legacy_job_id(const Json& body) {
    const Json* member = body.find("job_id");
    if (member == nullptr) return missing("job_id");
    if (const auto* number = member->integer()) return *number;
    const std::string* digits = member->string();
    if (digits == nullptr) return wrong_type("job_id", "a number or a string of digits", *member);
    const auto number = base::parse_decimal<std::uint32_t>(*digits);
    if (!number) {
        return refuse(Errc::invalid_value,
                      text("job_id ", base::quoted(*digits), ": must have only digits"), "job_id");
    }
    return std::int64_t{*number};
}

Json to_json(const job::Job& job) {
    Json::Array errors;
    for (const base::Error& error : job.errors) {
        errors.push_back(
            Json::object({{"code", base::traits(error.errc).code}, {"message", error.message}}));
    }
    return Json::object(
        {{"id", job.id},
         {"number", job.number},
         {"state", job::word(job.position.state)},
         {"delivery", job::word(job.position.delivery)},
         {"stop_reason", job.stop_reason ? Json(job::word(*job.stop_reason)) : Json()},
         {"request", request_json(job.request)},
         {"counters", counters_json(job.counters)},
         {"url", job.url},
         {"object", object_json(job.object)},
         {"errors", std::move(errors)},
         {"created_at", base::rfc3339(job.created_at)},
         {"started_at", time_or_null(job.started_at)},
         {"stopped_at", time_or_null(job.stopped_at)},
         {"delivered_at", time_or_null(job.delivered_at)}});
}

Json to_legacy_json(const job::Job& job) {
    return Json::object({{"job_id", job.number},
                         {"iface", job.request.interface},
                         {"proto", job.request.proto},
                         {"src", job.request.src},
                         {"dst", job.request.dst},
                         {"duration", std::int64_t{job.request.duration.count() / 1000}},
                         {"url", job.url},
                         {"status", legacy_status(job.position)}});
}

std::string_view legacy_status(job::Position position) noexcept {
    switch (position.delivery) {
        case job::Delivery::uploading:
            return "UPLOADING";
        case job::Delivery::delivered:
            return "UPLOADED";
        case job::Delivery::failed:
            return "ERROR";
        case job::Delivery::none:
            break;
    }
    switch (position.state) {
        case job::State::queued:
            return "WAITING";
        case job::State::starting:
        case job::State::running:
            return "STARTED";
        case job::State::stopping:
        case job::State::stopped:
            break;
    }
    return "STOPPED";
}

}  // namespace xpc::api
