#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace xpc::base {

/// What this process has of the machine.
struct ProcessUsage {
    std::chrono::nanoseconds cpu{};  ///< of all threads, user and system
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;
    std::uint64_t threads = 0;
    std::chrono::nanoseconds start{};  ///< since the Unix epoch
};

/// Errors: Failure(io) without /proc.
[[nodiscard]] ProcessUsage process_usage();

/// Of /proc/PID/stat; nothing where it is not that. `tick` and `page_bytes` are its units,
/// `boot` what its start counts from. Source: proc(5).
[[nodiscard]] std::optional<ProcessUsage> usage_from_stat(std::string_view stat,
                                                          std::chrono::nanoseconds tick,
                                                          std::uint64_t page_bytes,
                                                          std::chrono::nanoseconds boot);

}  // namespace xpc::base
