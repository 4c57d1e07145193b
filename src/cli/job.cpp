#include "cli/job.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

std::vector<std::string> interfaces_of(const Json& request) {
    std::vector<std::string> interfaces;
    if (const auto* list = member(request, "interfaces").array()) {
        for (const Json& one : *list) {
            if (const std::string* name = one.string()) interfaces.push_back(*name);
        }
    }
    if (interfaces.empty()) interfaces.push_back(request.text_at("interface"));
    return interfaces;
}

std::vector<Job::Segment> segments_of(const Json& objects) {
    std::vector<Job::Segment> segments;
    if (objects.array() == nullptr) return segments;
    for (const Json& one : *objects.array()) {
        segments.push_back({.url = one.text_at("url"),
                            .frames = count_at(one, "frames"),
                            .bytes = count_at(one, "bytes"),
                            .delivery = one.text_at("delivery")});
    }
    return segments;
}

Job::Request request_of(const Json& json) {
    const bool* both = member(json, "bidirectional").boolean();
    const Json& segment = member(json, "segment");
    const bool* circular = member(json, "circular").boolean();
    return {.device = json.text_at("device"),
            .interfaces = interfaces_of(json),
            .proto = json.text_at("proto", "any"),
            .src = json.text_at("src", "any"),
            .dst = json.text_at("dst", "any"),
            .src_port = count_at(json, "src_port"),
            .dst_port = count_at(json, "dst_port"),
            .bidirectional = both == nullptr || *both,
            .filter = json.text_at("filter"),
            .direction = json.text_at("direction", "both"),
            .snaplen = count_at(json, "snaplen"),
            .buffer_mib = count_at(json, "buffer"),
            .circular = circular != nullptr && *circular,
            .packets_per_second = count_at(json, "pps"),
            .duration = duration_of(member(json, "duration")),
            .packets = count_at(json, "packets"),
            .bytes = count_at(json, "bytes"),
            .segment_bytes = count_at(segment, "bytes"),
            .segment_duration = duration_of(member(segment, "duration")),
            .segments_kept = count_at(segment, "keep"),
            .format = json.text_at("format"),
            .bucket = json.text_at("bucket"),
            .by = json.text_at("by"),
            .comment = json.text_at("comment")};
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
            .waiting = json.text_at("waiting"),
            .created_at = json.text_at("created_at"),
            .started_at = json.text_at("started_at"),
            .stopped_at = json.text_at("stopped_at"),
            .delivered_at = json.text_at("delivered_at")};
    if (const Json& object = member(json, "object"); object.object() != nullptr) {
        job.object = {.bucket = object.text_at("bucket"),
                      .key = object.text_at("key"),
                      .bytes = count_at(object, "bytes")};
    }
    job.objects = segments_of(member(json, "objects"));
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
