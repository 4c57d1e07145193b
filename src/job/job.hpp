#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "job/lifecycle.hpp"
#include "sink/receipt.hpp"
#include "sink/sink.hpp"

namespace xpc::job {

/// What was asked for, checked, in the words in which it was asked.
struct JobRequest {
    std::string device;
    std::string interface;
    std::string proto;
    std::string src;
    std::string dst;
    bool bidirectional = false;
    std::chrono::milliseconds duration{};
    std::string bucket;  ///< may begin with "s3://" or "file:"
};

/// `received = captured + filtered + dropped_ring + dropped_queue + dropped_disk`, always.
struct Counters {
    std::uint64_t received = 0;
    std::uint64_t captured = 0;
    std::uint64_t filtered = 0;       ///< seen by the tap, and not for this job
    std::uint64_t dropped_ring = 0;   ///< the kernel had no room
    std::uint64_t dropped_queue = 0;  ///< this job's memory was used up
    std::uint64_t dropped_disk = 0;   ///< the disk refused them
    std::uint64_t bytes = 0;          ///< of the capture file
};

/// What a user asks for and gets.
struct Job {
    std::string id;           ///< UUIDv7 (RFC 9562)
    std::int64_t number = 0;  ///< six digits: the id in the original API
    JobRequest request;
    sink::Destination destination;
    std::string url;
    Position position;
    std::optional<StopReason> stop_reason;
    Counters counters;
    std::optional<sink::Receipt> object;
    std::vector<base::Error> errors;  ///< in the order in which they came
    base::WallTime created_at;
    std::optional<base::WallTime> started_at;
    std::optional<base::WallTime> stopped_at;
    std::optional<base::WallTime> delivered_at;
};

}  // namespace xpc::job
