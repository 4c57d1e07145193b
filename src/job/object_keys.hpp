#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "job/job.hpp"

namespace xpc::job {

// The names of capture files in their store.

/// Whether keys can be made by the request's template: text with placeholders in braces, which are
/// docs/http-api.md's. Errors: invalid_value with field "key".
[[nodiscard]] base::Result<void> check_key_template(const JobRequest& request);

/// The key of the job's object by its request's template, and where there is none
/// "1795421730123.pcapng": the time in milliseconds, and what the file is. `when` is the time that
/// is used. The template was checked.
[[nodiscard]] std::string object_key(const Job& job, base::WallTime when);

/// What the names of the job's files end with: ".pcapng", ".pcap.zst".
[[nodiscard]] std::string file_extension(const JobRequest& request);

/// "1795421730123-0001.pcapng" for the first segment of "1795421730123.pcapng"; five digits from
/// the ten thousandth on.
[[nodiscard]] std::string segment_key(std::string_view job_key, std::uint32_t number);

/// Where that segment of the job is to be.
[[nodiscard]] sink::Destination segment_destination(const Job& job, const Segment& segment);

/// The job's URL with that key in place of its own.
[[nodiscard]] std::string object_url(const Job& job, std::string_view key);

}  // namespace xpc::job
