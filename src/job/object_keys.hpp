#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "job/job.hpp"

namespace xpc::job {

// The names of capture files in their store.

/// "1795421730123.pcapng": the time, and what the file is.
[[nodiscard]] std::string object_key(std::int64_t epoch_milliseconds, pcap::FileFormat format);

/// "1795421730123-0001.pcapng" for the first segment of "1795421730123.pcapng"; five digits from
/// the ten thousandth on.
[[nodiscard]] std::string segment_key(std::string_view job_key, std::uint32_t number);

/// Where that segment of the job is to be.
[[nodiscard]] sink::Destination segment_destination(const Job& job, const Segment& segment);

/// The job's URL with that key in place of its own.
[[nodiscard]] std::string object_url(const Job& job, std::string_view key);

}  // namespace xpc::job
