#include "sink/s3/retry.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/backoff.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using std::chrono::milliseconds;

constexpr unsigned most_attempts = 5;
constexpr milliseconds longest_trouble{10'000};
constexpr milliseconds first_pause{400};

struct Row {
    std::string_view code;
    Verdict verdict;
};

constexpr Verdict passes{.remedy = Remedy::pause, .errc = Errc::store_unreachable};
constexpr Verdict stale_keys{.remedy = Remedy::fresh_keys, .errc = Errc::store_keys_expired};
constexpr Verdict wrong_time{.remedy = Remedy::store_time, .errc = Errc::store_clock};
constexpr Verdict elsewhere{.remedy = Remedy::other_region, .errc = Errc::store_refused};
// of a bucket that is new, until all of AWS knows where it is
constexpr Verdict elsewhere_now{.remedy = Remedy::other_region, .errc = Errc::store_unreachable};
constexpr Verdict suspended{.remedy = Remedy::none, .errc = Errc::store_suspended};
constexpr Verdict full{.remedy = Remedy::none, .errc = Errc::store_quota};

// AWS, "Error responses" (S3 API reference); which of them pass also botocore's
// retries/standard.py. Ceph's own codes: rgw_common.cc, rgw_http_s3_errors.
constexpr auto rows = std::to_array<Row>({
    {"InternalError", passes},               // also as the body of a 200 to CompleteMultipartUpload
    {"RequestTimeout", passes},              // 400: the body came too slowly
    {"RequestTimeoutException", passes},     // likewise
    {"BadDigest", passes},                   // 400: the body was damaged on its way
    {"IncompleteBody", passes},              // 400: likewise
    {"XAmzContentSHA256Mismatch", passes},   // 400: likewise
    {"OperationAborted", passes},            // 409: another request was changing the same thing
    {"ConditionalRequestConflict", passes},  // 409: likewise, of a PutObject with If-None-Match
    {"PriorRequestNotComplete", passes},
    {"ServiceUnavailable", passes},
    {"SlowDown", passes},
    {"BandwidthLimitExceeded", passes},
    {"RequestLimitExceeded", passes},
    {"RequestThrottled", passes},
    {"RequestThrottledException", passes},
    {"ThrottledException", passes},
    {"Throttling", passes},
    {"ThrottlingException", passes},
    {"TooManyRequests", passes},
    {"ExpiredToken", stale_keys},
    {"ExpiredTokenException", stale_keys},
    {"TokenRefreshRequired", stale_keys},
    {"InvalidToken", stale_keys},
    // replaced, perhaps; if their source has no others, they are wrong
    {"InvalidAccessKeyId", {.remedy = Remedy::fresh_keys, .errc = Errc::store_keys}},
    {"SignatureDoesNotMatch", {.remedy = Remedy::none, .errc = Errc::store_keys}},
    {"NotSignedUp", {.remedy = Remedy::none, .errc = Errc::store_keys}},
    {"RequestTimeTooSkewed", wrong_time},
    {"RequestInTheFuture", wrong_time},
    {"RequestExpired", wrong_time},
    {"PermanentRedirect", elsewhere},
    {"TemporaryRedirect", elsewhere_now},
    {"Redirect", elsewhere_now},
    {"AuthorizationHeaderMalformed", elsewhere},
    {"IllegalLocationConstraintException", elsewhere},
    {"NoSuchBucket", {.remedy = Remedy::none, .errc = Errc::no_such_bucket}},
    {"AccessDenied", {.remedy = Remedy::none, .errc = Errc::store_denied}},
    {"UserSuspended", suspended},
    {"AccountProblem", suspended},
    {"AllAccessDisabled", suspended},
    {"QuotaExceeded", full},
    {"InsufficientCapacity", full},
    {"PreconditionFailed", {.remedy = Remedy::none, .errc = Errc::object_exists}},
});

/// For a code that is not known, as in a reply to HEAD, which has no body.
Verdict by_status(const Refusal& refusal, base::WallTime now) {
    // AWS, "Signing and authenticating REST requests": within 15 minutes; SDKs see to it from 5 on
    constexpr std::chrono::minutes farthest{5};
    if (refusal.status == 400 && !refusal.code.empty()) return {};
    switch (refusal.status) {
        case 400:  // also of a token that has expired, in a reply to HEAD
            return {.remedy = Remedy::fresh_keys, .errc = Errc::store_refused};
        case 301:
            return elsewhere;
        case 307:
            return elsewhere_now;
        case 401:
            return {.remedy = Remedy::none, .errc = Errc::store_keys};
        case 403:
            if (refusal.date && std::chrono::abs(*refusal.date - now) > farthest) return wrong_time;
            return {.remedy = Remedy::none, .errc = Errc::store_denied};
        case 408:
        case 423:  // locked, for now
        case 425:  // too early
        case 429:
            return passes;
        case 412:
            return {.remedy = Remedy::none, .errc = Errc::object_exists};
        case 501:  // will not be implemented in a moment
            return {};
        case 507:
            return full;
        default:
            return refusal.status >= 500 ? passes : Verdict{};
    }
}

}  // namespace

Verdict verdict_on(const Refusal& refusal, base::WallTime now) {
    const auto* const row = std::ranges::find(rows, refusal.code, &Row::code);
    return row != rows.end() ? row->verdict : by_status(refusal, now);
}

std::optional<milliseconds> pause_before_next(const Attempts& attempts, double chance) {
    if (attempts.made >= most_attempts) return std::nullopt;
    const auto pause =
        base::spread(base::doubled(first_pause, attempts.made, most_attempts), chance);
    if (attempts.since_first_failure + pause > longest_trouble) return std::nullopt;
    return pause;
}

}  // namespace xpc::sink::s3
