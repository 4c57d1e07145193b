#pragma once

#include <chrono>
#include <optional>

#include "sink/s3/reply.hpp"

namespace xpc::sink::s3 {

/// Whether the same request may have another answer in a moment.
/// Source: AWS, "Error responses" (S3 API reference) and "Retry behavior" (SDKs and Tools).
[[nodiscard]] bool is_transient(const Refusal& refusal);

/// Whether other keys, of the same source, may be taken where these are refused: they have expired,
/// or were replaced.
[[nodiscard]] bool are_keys_stale(const Refusal& refusal);

/// Where one request stands after an attempt that may be repeated.
struct Attempts {
    unsigned made = 0;
    std::chrono::milliseconds since_first_failure{0};
};

/// How long to wait before the next attempt; nothing: give up.
/// Shape: at most 5 attempts, and no new one later than 10 s after the first one failed. Doubles
///        from 400 ms, of which each is taken from a half to one and a half by `chance` (0 to 1),
///        so that many uploads do not come back in step.
[[nodiscard]] std::optional<std::chrono::milliseconds> pause_before_next(const Attempts& attempts,
                                                                         double chance);

}  // namespace xpc::sink::s3
