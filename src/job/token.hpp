#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace xpc::job {

/// What a caller may do.
enum class Scope {
    jobs_read,   ///< see jobs
    jobs_write,  ///< ask for captures, stop and remove them
    files_read,  ///< have what was captured
    admin        ///< all of that, and tokens
};

/// "jobs:read" and so on.
[[nodiscard]] std::string_view word(Scope scope) noexcept;
[[nodiscard]] std::optional<Scope> scope_from(std::string_view word) noexcept;

[[nodiscard]] bool allows(const std::vector<Scope>& scopes, Scope wanted) noexcept;

/// What the captures that somebody asks for may be. Empty, or 0, is: no limit.
struct JobLimits {
    std::vector<std::string> interfaces;
    std::vector<std::string> devices;
    std::vector<std::string> buckets;      ///< of whichever store: without "s3://" or "file:"
    std::chrono::milliseconds duration{};  ///< the longest
    std::uint64_t bytes = 0;               ///< the most
    std::string filter;                    ///< of pcap-filter(7): also has to match

    friend bool operator==(const JobLimits&, const JobLimits&) = default;
};

/// Somebody's right to use the API: who shows its text has it.
struct Token {
    std::string id;    ///< 12 hex digits; no secret
    std::string name;  ///< for people
    std::vector<Scope> scopes;
    JobLimits limits;
    base::WallTime created_at;
    std::optional<base::WallTime> expires_at;
};

}  // namespace xpc::job
