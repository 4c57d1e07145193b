#include "job/request.hpp"

#include "base/text.hpp"
#include "capture/filter.hpp"
#include "sink/bucket_name.hpp"

namespace xpc::job {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

Result<sink::Destination> parse_bucket(std::string_view bucket, sink::StoreKind default_store) {
    constexpr std::string_view s3_prefix = "s3://";
    constexpr std::string_view file_prefix = "file:";
    sink::Destination destination{.store = default_store, .bucket = {}, .key = {}};
    std::string_view name = bucket;
    if (name.starts_with(s3_prefix)) {
        if (default_store != sink::StoreKind::s3) {
            return refuse(Errc::invalid_value,
                          text("bucket ", base::quoted(bucket), ": S3 is not configured"),
                          "bucket");
        }
        destination.store = sink::StoreKind::s3;
        name.remove_prefix(s3_prefix.size());
    } else if (name.starts_with(file_prefix)) {
        destination.store = sink::StoreKind::embedded;
        name.remove_prefix(file_prefix.size());
    }
    if (auto checked = sink::check_bucket_name(name); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    destination.bucket = name;
    return destination;
}

Result<void> check_request(const JobRequest& request, const RequestLimits& limits,
                           const capture::Engines& engines) {
    if (request.duration <= std::chrono::milliseconds::zero()) {
        return refuse(Errc::invalid_value, "duration: must be more than 0", "duration");
    }
    if (request.duration > limits.max_duration) {
        return refuse(Errc::invalid_value,
                      text("duration: is more than the longest that is allowed here, ",
                           base::human_duration(limits.max_duration)),
                      "duration");
    }
    auto filter =
        capture::parse_filter(request.proto, request.src, request.dst, request.bidirectional);
    if (!filter) return std::unexpected(std::move(filter.error()));
    const auto engine = engines.find(request.device);
    if (!engine) return std::unexpected(engine.error());
    return (*engine)->check({.interface = request.interface,
                             .filter = std::move(*filter),
                             .snaplen = limits.snaplen,
                             .ring_bytes = 0});
}

}  // namespace xpc::job
