#include "cli/job.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace xpc::cli {
namespace {

using base::Json;
using std::chrono::milliseconds;

std::uint64_t count_at(const Json& object, std::string_view name) {
    const std::int64_t value = object.integer_at(name);
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

const Json& member(const Json& object, std::string_view name) {
    static const Json nothing;
    const Json* found = object.find(name);
    return found == nullptr ? nothing : *found;
}

milliseconds duration_of(const Json& seconds) {
    if (const auto* whole = seconds.integer()) return milliseconds(*whole * 1000);
    if (const auto* fraction = seconds.floating()) {
        return milliseconds(std::llround(*fraction * 1000.0));
    }
    return {};
}

Job::Request request_of(const Json& json) {
    const bool* both = member(json, "bidirectional").boolean();
    return {.interface = json.text_at("interface"),
            .proto = json.text_at("proto", "any"),
            .src = json.text_at("src", "any"),
            .dst = json.text_at("dst", "any"),
            .bidirectional = both == nullptr || *both,
            .duration = duration_of(member(json, "duration")),
            .bucket = json.text_at("bucket")};
}

Job::Counters counters_of(const Json& json) {
    const Json& dropped = member(json, "dropped");
    return {.received = count_at(json, "received"),
            .captured = count_at(json, "captured"),
            .filtered = count_at(json, "filtered"),
            .ring = count_at(dropped, "ring"),
            .queue = count_at(dropped, "queue"),
            .disk = count_at(dropped, "disk"),
            .bytes = count_at(json, "bytes")};
}

/// Of "2026-11-23T08:15:30.123456Z", the only form that the server writes.
std::optional<std::chrono::sys_time<milliseconds>> time_of(std::string_view rfc3339) {
    using base::parse_decimal;
    using namespace std::chrono;  // NOLINT(google-build-using-namespace)
    if (rfc3339.size() < 20 || rfc3339[10] != 'T' || !rfc3339.ends_with('Z')) return std::nullopt;
    const auto digits = [rfc3339](std::size_t at, std::size_t length) {
        return parse_decimal<unsigned>(rfc3339.substr(at, length));
    };
    const auto years = digits(0, 4);
    const auto months = digits(5, 2);
    const auto days_ = digits(8, 2);
    const auto hours_ = digits(11, 2);
    const auto minutes_ = digits(14, 2);
    const auto seconds_ = digits(17, 2);
    const auto millis = rfc3339.size() < 24 ? std::optional(0U) : digits(20, 3);
    if (!years || !months || !days_ || !hours_ || !minutes_ || !seconds_ || !millis) {
        return std::nullopt;
    }
    const year_month_day date{year(static_cast<int>(*years)), month(*months), day(*days_)};
    if (!date.ok()) return std::nullopt;
    return sys_days(date) + hours(*hours_) + minutes(*minutes_) + seconds(*seconds_) +
           milliseconds(*millis);
}

}  // namespace

bool Job::ended() const {
    return delivery == "delivered" || delivery == "failed";
}

std::optional<milliseconds> Job::captured_for() const {
    const auto from = time_of(started_at);
    const auto to = time_of(stopped_at);
    if (!from || !to || *to < *from) return std::nullopt;
    return *to - *from;
}

base::Result<Job> job_from_json(Json json) {
    const std::string id = json.text_at("id");
    const std::string state = json.text_at("state");
    if (id.empty() || state.empty()) {
        return base::refuse(base::Errc::corrupt, "a job without an id or a state");
    }
    Job job{.id = id,
            .number = count_at(json, "number"),
            .state = state,
            .delivery = json.text_at("delivery", "none"),
            .stop_reason = json.text_at("stop_reason"),
            .request = request_of(member(json, "request")),
            .counters = counters_of(member(json, "counters")),
            .url = json.text_at("url"),
            .created_at = json.text_at("created_at"),
            .started_at = json.text_at("started_at"),
            .stopped_at = json.text_at("stopped_at"),
            .delivered_at = json.text_at("delivered_at")};
    if (const Json& object = member(json, "object"); object.object() != nullptr) {
        job.object = {.bucket = object.text_at("bucket"),
                      .key = object.text_at("key"),
                      .bytes = count_at(object, "bytes")};
    }
    if (const auto* errors = member(json, "errors").array()) {
        for (const Json& error : *errors) {
            job.errors.push_back(
                {.code = error.text_at("code"), .message = error.text_at("message")});
        }
    }
    job.json = std::move(json);
    return job;
}

}  // namespace xpc::cli
