#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "sink/s3/reply.hpp"

namespace xpc::sink::s3 {

/// What may help where a store refuses a request.
enum class Remedy {
    none,          ///< nothing: the same request has the same answer
    pause,         ///< the same request, in a moment
    fresh_keys,    ///< keys that their source gives now, where these have expired or were replaced
    store_time,    ///< a time stamp by the store's clock, where ours is too far from it
    other_region,  ///< the region that the store names for the bucket, perhaps only when asked
};

/// What a refusal means: for the request, and for whoever is told of it when nothing helped.
struct Verdict {
    Remedy remedy = Remedy::none;
    base::Errc errc = base::Errc::store_refused;
};

/// By the table in retry.cpp: by the store's code, and by the status where the code is not known.
/// `now` is by our own clock.
[[nodiscard]] Verdict verdict_on(const Refusal& refusal, base::WallTime now);

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
