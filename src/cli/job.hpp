#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace xpc::cli {

/// A job as the server told it (docs/http-api.md).
/// Shape: words and texts are as they came: not yet fit for a terminal (see printable()).
struct Job {
    struct Request {
        std::string device;
        std::vector<std::string> interfaces;
        std::string proto;
        std::string src;
        std::string dst;
        std::uint64_t src_port = 0;  ///< 0: not set; the same for the other numbers
        std::uint64_t dst_port = 0;
        bool bidirectional = true;
        std::string filter;     ///< empty: none; the same for the other texts
        std::string direction;  ///< "both", "in" or "out"
        std::uint64_t snaplen = 0;
        std::uint64_t buffer_mib = 0;
        bool circular = false;
        std::uint64_t packets_per_second = 0;
        std::chrono::milliseconds duration{};
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
        std::uint64_t segment_bytes = 0;
        std::chrono::milliseconds segment_duration{};
        std::uint64_t segments_kept = 0;
        std::string format;
        std::string bucket;
        std::string by;
        std::string comment;
    };

    struct Counters {
        std::uint64_t received = 0;
        std::uint64_t captured = 0;
        std::uint64_t filtered = 0;
        std::uint64_t ring = 0;
        std::uint64_t queue = 0;
        std::uint64_t disk = 0;
        std::uint64_t bytes = 0;

        [[nodiscard]] std::uint64_t lost() const noexcept { return ring + queue + disk; }
    };

    struct Object {
        std::string bucket;
        std::string key;
        std::uint64_t bytes = 0;
    };

    /// One file of a segmented capture.
    struct Segment {
        std::string url;
        std::uint64_t frames = 0;
        std::uint64_t bytes = 0;
        std::string delivery;
    };

    struct Error {
        std::string code;
        std::string message;
    };

    std::string id;
    std::uint64_t number = 0;
    std::string state;
    std::string delivery;
    std::string stop_reason;  ///< empty while there is none
    Request request;
    Counters counters;
    std::string url;
    std::optional<Object> object;
    std::vector<Segment> objects;
    std::vector<Error> errors;
    std::string waiting;     ///< for what; empty: for nothing
    std::string created_at;  ///< RFC 3339; the others are empty until then
    std::string started_at;
    std::string stopped_at;
    std::string delivered_at;
    base::Json json;  ///< the whole reply

    [[nodiscard]] bool delivered() const { return delivery == "delivered"; }

    /// Nothing of it will change any more.
    [[nodiscard]] bool ended() const;

    /// From the start of the capture to its stop, where both are known.
    [[nodiscard]] std::optional<std::chrono::milliseconds> captured_for() const;
};

/// Errors: corrupt, when it is no object with an id and a state. Members that are missing, of
///         another type or unknown are passed over: a newer server may know more states than we do.
[[nodiscard]] base::Result<Job> job_from_json(base::Json json);

}  // namespace xpc::cli
