#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace xpc::capture::ios_xe {

// What a device answers, read loosely: without regard to case, spaces and lines in between, since
// releases differ, and log messages of the device may stand anywhere.

/// The two families, whose commands and answers differ.
enum class Kind { router, catalyst };

struct Version {
    Kind kind{};
    unsigned release = 0;  ///< 16, 17
    std::optional<std::chrono::seconds> uptime;
};

/// Of "show version".
/// Errors: device_refused, where it is not IOS-XE.
[[nodiscard]] base::Result<Version> parse_version(std::string_view answer);

/// Whether it is one of the device's own log lines ("*Feb  3 00:58:13.901: %BUFCAP-6-ENABLE: …").
[[nodiscard]] bool is_log_line(std::string_view line) noexcept;

/// What is around an answer and no part of it: log lines, "Load for five secs", "Time source is".
[[nodiscard]] std::string without_noise(std::string_view answer);

/// The lines by which a device refuses, for people; nothing where it does not.
[[nodiscard]] std::optional<std::string> refusal(std::string_view answer);

/// What kind of refusal it is: device_acl_lost, device_flash_full or device_refused.
[[nodiscard]] base::Errc refusal_errc(std::string_view words) noexcept;

/// Whether it refuses the command's words, and not what they ask for.
[[nodiscard]] bool is_syntax_refusal(std::string_view answer) noexcept;

/// "Capture point does not exist", "Capture does not exist".
[[nodiscard]] bool says_no_capture(std::string_view answer) noexcept;

/// A capture point of "show monitor capture".
struct Point {
    std::string name;
    std::string interface;  ///< its long name; empty where none is attached
    bool is_active = false;
    bool is_circular = false;
    std::uint32_t buffer_mib = 0;  ///< 0 where it is not said
};

[[nodiscard]] std::vector<Point> parse_points(std::string_view answer);

/// Whether the answer to a "show" of access lists has one of that name.
[[nodiscard]] bool shows_list(std::string_view answer, std::string_view name);

/// Of a router's "show monitor capture N buffer", a switch's capture-statistics, or its answer to
/// "stop"; what is not said is missing.
struct Counts {
    std::optional<std::uint64_t> in_buffer;     ///< packets, of a router
    std::optional<std::uint64_t> sent;          ///< packets that a switch handed to its buffer
    std::optional<std::uint64_t> dropped;       ///< packets, for whatever reason
    std::optional<std::uint64_t> buffer_kib;    ///< its size
    std::optional<std::uint64_t> used_kib;      ///< of it
    std::optional<std::uint64_t> asic_dropped;  ///< bytes, before the switch's software saw them
    std::optional<std::chrono::seconds> duration;
};

[[nodiscard]] Counts parse_counts(std::string_view answer);

/// The size of the file in the answer to "dir"; nothing where it is not there.
[[nodiscard]] std::optional<std::uint64_t> file_bytes(std::string_view answer,
                                                      std::string_view file);

/// "(464301056 bytes free)".
[[nodiscard]] std::optional<std::uint64_t> free_bytes(std::string_view answer);

enum class ExportState { unknown, running, complete, failed };

/// Of the answers to "export" and "export status".
[[nodiscard]] ExportState export_state_of(std::string_view answer) noexcept;

/// Every name of ours (names.hpp) anywhere in the answer, once.
[[nodiscard]] std::vector<std::string> names_of_ours(std::string_view answer,
                                                     std::string_view mark);

}  // namespace xpc::capture::ios_xe
