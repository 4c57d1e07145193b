#include "api/wire_json.hpp"

#include "base/clock.hpp"
#include "job/object_keys.hpp"
#include "job/s3_options_json.hpp"

namespace xpc::api {
namespace {

using base::Json;
using base::text_or_null;

Json time_or_null(const std::optional<base::WallTime>& when) {
    return when ? Json(base::rfc3339(*when)) : Json();
}

const std::string& first_interface(const job::JobRequest& request) {
    static const std::string none;
    return request.interfaces.empty() ? none : request.interfaces.front();
}

Json count_or_null(std::uint64_t count) {
    return count == 0 ? Json() : Json(count);
}

Json seconds_or_null(std::chrono::milliseconds duration) {
    return count_or_null(static_cast<std::uint64_t>(duration.count() / 1000));
}

std::string_view word(pcap::FileFormat format) {
    return format == pcap::FileFormat::pcapng ? "pcapng" : "pcap";
}

Json segment_limits_json(const job::JobRequest& request) {
    if (!job::is_segmented(request)) return {};
    return Json::object({{"bytes", count_or_null(request.segment_bytes)},
                         {"duration", seconds_or_null(request.segment_duration)},
                         {"keep", count_or_null(request.segments_kept)}});
}

Json object_json(const std::optional<sink::Receipt>& receipt) {
    if (!receipt) return {};
    return Json::object({{"bucket", receipt->bucket},
                         {"key", receipt->key},
                         {"bytes", receipt->bytes},
                         {"etag", receipt->etag},
                         {"sha256", text_or_null(receipt->sha256)}});
}

Json segments_json(const job::Job& job) {
    Json::Array objects;
    for (const job::Segment& segment : job.objects) {
        objects.push_back(Json::object(
            {{"number", std::uint64_t{segment.number}},
             {"key", segment.key},
             {"frames", segment.frames},
             {"bytes", segment.bytes},
             {"delivery", job::word(segment.delivery)},
             {"url", job::object_url(job, segment.key)},
             {"etag", segment.receipt ? Json(segment.receipt->etag) : Json()},
             {"sha256", segment.receipt ? text_or_null(segment.receipt->sha256) : Json()}}));
    }
    return objects;
}

}  // namespace

Json to_json(const job::Counters& counters) {
    return Json::object({{"received", counters.received},
                         {"captured", counters.captured},
                         {"filtered", counters.filtered},
                         {"dropped", Json::object({{"ring", counters.dropped_ring},
                                                   {"queue", counters.dropped_queue},
                                                   {"disk", counters.dropped_disk}})},
                         {"bytes", counters.bytes}});
}

Json to_json(const job::JobRequest& request) {
    return Json::object(
        {{"device", request.device},
         {"interface", first_interface(request)},
         {"interfaces", Json::Array(request.interfaces.begin(), request.interfaces.end())},
         {"proto", request.proto},
         {"src", request.src},
         {"dst", request.dst},
         {"src_port", count_or_null(request.src_port)},
         {"dst_port", count_or_null(request.dst_port)},
         {"bidirectional", request.bidirectional},
         {"filter", text_or_null(request.filter)},
         {"direction", request.direction},
         {"snaplen", count_or_null(request.snaplen)},
         {"buffer", count_or_null(request.buffer_mib)},
         {"circular", request.circular},
         {"pps", count_or_null(request.packets_per_second)},
         {"duration", seconds_or_null(request.duration)},
         {"packets", count_or_null(request.packets)},
         {"bytes", count_or_null(request.bytes)},
         {"segment", segment_limits_json(request)},
         {"format", word(request.format)},
         {"bucket", request.bucket},
         {"key", text_or_null(request.key)},
         {"compression", sink::word(request.object.compression)},
         {"s3", job::s3_options_json(request)},
         {"by", text_or_null(request.by)},
         {"comment", text_or_null(request.comment)}});
}

Json to_json(const job::Job& job) {
    return Json::object(
        {{"id", job.id},
         {"number", job.number},
         {"state", job::word(job.position.state)},
         {"delivery", job::word(job.position.delivery)},
         {"stop_reason", job.stop_reason ? Json(job::word(*job.stop_reason)) : Json()},
         {"request", to_json(job.request)},
         {"counters", to_json(job.counters)},
         {"url", job.url},
         {"object", object_json(job.object)},
         {"objects", segments_json(job)},
         {"errors", base::errors_json(job.errors)},
         {"waiting", text_or_null(job.waiting)},
         {"created_at", base::rfc3339(job.created_at)},
         {"started_at", time_or_null(job.started_at)},
         {"stopped_at", time_or_null(job.stopped_at)},
         {"delivered_at", time_or_null(job.delivered_at)}});
}

Json to_legacy_json(const job::Job& job) {
    return Json::object({{"job_id", job.number},
                         {"iface", first_interface(job.request)},
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
