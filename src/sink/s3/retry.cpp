#include "sink/s3/retry.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace xpc::sink::s3 {
namespace {

using std::chrono::milliseconds;

constexpr unsigned most_attempts = 5;
constexpr milliseconds longest_trouble{10'000};
constexpr milliseconds first_pause{400};

// Refusals whose status says "your fault", yet which pass.
constexpr auto transient_codes = std::to_array<std::string_view>({
    "RequestTimeout",  // 400: the body came too slowly
    "RequestTimeoutException",
    "BadDigest",         // 400: the body was damaged on its way
    "IncompleteBody",    // 400: likewise
    "OperationAborted",  // 409: another request was changing the same thing
    "InternalError",     // also as the body of a 200 to CompleteMultipartUpload
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
});

}  // namespace

bool is_transient(const Refusal& refusal) {
    if (std::ranges::find(transient_codes, refusal.code) != transient_codes.end()) return true;
    // 501 NotImplemented will not be implemented in a moment
    return refusal.status == 408 || refusal.status == 429 ||
           (refusal.status >= 500 && refusal.status != 501);
}

bool are_keys_stale(const Refusal& refusal) {
    // AWS, "Error responses" (S3 API reference)
    constexpr auto codes = std::to_array<std::string_view>(
        {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken",
         "InvalidAccessKeyId", "RequestExpired"});
    return std::ranges::find(codes, refusal.code) != codes.end();
}

std::optional<milliseconds> pause_before_next(const Attempts& attempts, double chance) {
    if (attempts.made >= most_attempts) return std::nullopt;
    const auto doubled = first_pause * (1U << (std::max(1U, attempts.made) - 1));
    const auto by_chance = chance * static_cast<double>(doubled.count());
    const auto pause = doubled / 2 + milliseconds(static_cast<std::int64_t>(by_chance));
    if (attempts.since_first_failure + pause > longest_trouble) return std::nullopt;
    return pause;
}

}  // namespace xpc::sink::s3
