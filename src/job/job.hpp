#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "job/lifecycle.hpp"
#include "pcap/file_format.hpp"
#include "sink/object_options.hpp"
#include "sink/receipt.hpp"
#include "sink/sink.hpp"

namespace xpc::job {

/// What was asked for, checked, in the words in which it was asked. Of numbers, 0 is: none.
struct JobRequest {
    std::string device;
    std::vector<std::string> interfaces;  ///< one or more, all different
    std::string proto;
    std::string src;
    std::string dst;
    std::uint16_t src_port = 0;  ///< of TCP or UDP, as the next
    std::uint16_t dst_port = 0;
    bool bidirectional = false;
    std::string filter;              ///< of pcap-filter(7), which also has to match; empty: none
    std::string direction = "both";  ///< or "in", "out"
    std::uint32_t snaplen = 0;       ///< 0: the server's
    std::uint32_t buffer_mib = 0;    ///< of the device, as the next two
    bool circular = false;
    std::uint32_t packets_per_second = 0;
    std::chrono::milliseconds duration{};
    std::uint64_t packets = 0;  ///< limit
    std::uint64_t bytes = 0;    ///< limit, of all files of the capture
    std::uint64_t segment_bytes = 0;
    std::chrono::milliseconds segment_duration{};
    std::uint32_t segments_kept = 0;  ///< the last so many; 0: all
    pcap::FileFormat format = pcap::FileFormat::pcapng;
    std::string bucket;        ///< may begin with "s3://" or "file:"
    std::string bucket_owner;  ///< sink::Destination's
    std::string key;           ///< template of the object's; empty: the time
    sink::ObjectOptions object;
    std::string by;       ///< who asked
    std::string comment;  ///< why
};

/// Whether the capture is to be cut into several files.
[[nodiscard]] inline bool is_segmented(const JobRequest& request) noexcept {
    return request.segment_bytes > 0 ||
           request.segment_duration > std::chrono::milliseconds::zero();
}

/// `received = captured + filtered + dropped_ring + dropped_queue + dropped_disk`, always.
struct Counters {
    std::uint64_t received = 0;
    std::uint64_t captured = 0;
    std::uint64_t filtered = 0;       ///< seen by the tap, and not for this job
    std::uint64_t dropped_ring = 0;   ///< the kernel had no room
    std::uint64_t dropped_queue = 0;  ///< this job's memory was used up
    std::uint64_t dropped_disk = 0;   ///< the disk refused them
    std::uint64_t bytes = 0;          ///< of the capture file

    friend bool operator==(const Counters&, const Counters&) = default;
};

/// One file of a capture that is cut into several.
struct Segment {
    std::uint32_t number = 0;  ///< from 1
    std::string key;           ///< segment_key() of the job's
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    Delivery delivery = Delivery::none;
    std::optional<sink::Receipt> receipt;
};

/// What a user asks for and gets.
struct Job {
    std::string id;           ///< UUIDv7 (RFC 9562)
    std::int64_t number = 0;  ///< six digits: the id in the original API
    JobRequest request;
    sink::Destination destination;
    std::string url;
    Position position;
    bool stop_requested = false;  ///< by its user, while another process captures
    std::optional<StopReason> stop_reason;
    Counters counters;
    std::optional<sink::Receipt> object;  ///< of a capture that is one file
    std::vector<Segment> objects;         ///< of one that is segmented, by number
    std::vector<base::Error> errors;      ///< in the order in which they came
    std::string waiting;                  ///< for what; the supervisor's to say, and not stored
    base::WallTime created_at;
    std::optional<base::WallTime> started_at;
    std::optional<base::WallTime> stopped_at;
    std::optional<base::WallTime> delivered_at;
};

/// A job of that request whose id and number are as long as everyone's, for what depends on that
/// before there is one.
[[nodiscard]] inline Job stand_in(const JobRequest& request) {
    Job job;
    job.id = std::string(36, '0');
    job.number = 100'000;
    job.request = request;
    return job;
}

}  // namespace xpc::job
