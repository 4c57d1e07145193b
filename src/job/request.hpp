#pragma once

#include <span>
#include <string_view>

#include "capture/engines.hpp"
#include "job/job.hpp"
#include "sink/sink.hpp"

namespace xpc::job {

/// What a request is checked against.
struct RequestLimits {
    std::chrono::milliseconds max_duration{};
    std::uint32_t snaplen = 0;
};

/// The destination that the bucket of a request means: "b", "s3://b" or "file:b". `default_store`
/// is S3 where that is configured. The key is not known yet. Errors: invalid_value with field
/// "bucket", and what the store can not do, with that field.
[[nodiscard]] base::Result<sink::Destination> parse_destination(const JobRequest& request,
                                                                sink::StoreKind default_store);

/// What `direction` may be.
[[nodiscard]] std::span<const std::string_view> direction_words() noexcept;

/// What the request wants to keep.
/// Errors: as capture::parse_filter(); invalid_value with field "direction".
[[nodiscard]] base::Result<capture::Filter> parse_filter(const JobRequest& request);

/// What an engine is asked for, one for each interface; without the name of the capture.
/// Errors: as parse_filter().
[[nodiscard]] base::Result<std::vector<capture::CaptureOptions>> capture_options(
    const JobRequest& request, std::uint32_t server_snaplen);

/// Errors: invalid_value with field "duration".
[[nodiscard]] base::Result<void> check_duration(std::chrono::milliseconds duration,
                                                std::chrono::milliseconds longest);

/// Whether the request can be done: device, interfaces, filter, duration, format, key and options
/// of the object.
/// Errors: the refusal, with the JobRequest's member as its field.
[[nodiscard]] base::Result<void> check_request(const JobRequest& request,
                                               const RequestLimits& limits,
                                               const capture::Engines& engines);

}  // namespace xpc::job
