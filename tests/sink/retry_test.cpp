#include "sink/s3/retry.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

using namespace std::chrono_literals;
using base::Errc;

const base::WallTime noon = *base::parse_rfc3339("2026-11-25T12:00:00Z");

TEST_CASE("each refusal has its remedy, and a name for those who are told") {
    struct Row {
        int status;
        std::string_view code;
        Remedy remedy;
        Errc errc;
    };

    const Row rows[] = {
        {500, "InternalError", Remedy::pause, Errc::store_unreachable},
        {503, "SlowDown", Remedy::pause, Errc::store_unreachable},
        {503, "", Remedy::pause, Errc::store_unreachable},
        {502, "", Remedy::pause, Errc::store_unreachable},
        {504, "", Remedy::pause, Errc::store_unreachable},
        {509, "BandwidthLimitExceeded", Remedy::pause, Errc::store_unreachable},
        {429, "TooManyRequests", Remedy::pause, Errc::store_unreachable},
        {400, "RequestThrottledException", Remedy::pause, Errc::store_unreachable},
        {400, "ThrottledException", Remedy::pause, Errc::store_unreachable},
        {408, "", Remedy::pause, Errc::store_unreachable},
        {423, "", Remedy::pause, Errc::store_unreachable},
        {425, "", Remedy::pause, Errc::store_unreachable},
        {400, "", Remedy::fresh_keys, Errc::store_refused},
        {400, "RequestTimeout", Remedy::pause, Errc::store_unreachable},
        {400, "BadDigest", Remedy::pause, Errc::store_unreachable},
        {400, "XAmzContentSHA256Mismatch", Remedy::pause, Errc::store_unreachable},
        {409, "OperationAborted", Remedy::pause, Errc::store_unreachable},
        {200, "InternalError", Remedy::pause, Errc::store_unreachable},
        {400, "ExpiredToken", Remedy::fresh_keys, Errc::store_keys_expired},
        {403, "InvalidAccessKeyId", Remedy::fresh_keys, Errc::store_keys},
        {403, "SignatureDoesNotMatch", Remedy::none, Errc::store_keys},
        {401, "", Remedy::none, Errc::store_keys},
        {403, "RequestTimeTooSkewed", Remedy::store_time, Errc::store_clock},
        {301, "PermanentRedirect", Remedy::other_region, Errc::store_refused},
        {301, "", Remedy::other_region, Errc::store_refused},
        {307, "TemporaryRedirect", Remedy::other_region, Errc::store_unreachable},
        {307, "", Remedy::other_region, Errc::store_unreachable},
        {409, "ConditionalRequestConflict", Remedy::pause, Errc::store_unreachable},
        {400, "AuthorizationHeaderMalformed", Remedy::other_region, Errc::store_refused},
        {403, "AccessDenied", Remedy::none, Errc::store_denied},
        {403, "", Remedy::none, Errc::store_denied},
        {403, "UserSuspended", Remedy::none, Errc::store_suspended},
        {403, "QuotaExceeded", Remedy::none, Errc::store_quota},
        {507, "", Remedy::none, Errc::store_quota},
        {404, "NoSuchBucket", Remedy::none, Errc::no_such_bucket},
        {404, "NoSuchUpload", Remedy::none, Errc::store_refused},
        {412, "PreconditionFailed", Remedy::none, Errc::object_exists},
        {412, "", Remedy::none, Errc::object_exists},
        {501, "NotImplemented", Remedy::none, Errc::store_refused},
        {400, "InvalidPart", Remedy::none, Errc::store_refused},
        {404, "", Remedy::none, Errc::store_refused},
        {0, "", Remedy::none, Errc::store_refused},
    };
    for (const auto& row : rows) {
        CAPTURE(row.status);
        CAPTURE(row.code);
        const auto verdict =
            verdict_on({.status = row.status, .code = std::string(row.code), .date = noon}, noon);
        CHECK(verdict.remedy == row.remedy);
        CHECK(verdict.errc == row.errc);
    }
}

TEST_CASE("a refusal without words is put down to the clock where that is far from the store's") {
    const auto remedy = [](int status, std::chrono::seconds ahead) {
        return verdict_on({.status = status, .date = noon + ahead}, noon).remedy;
    };
    CHECK(remedy(403, 0s) == Remedy::none);
    CHECK(remedy(403, 299s) == Remedy::none);
    CHECK(remedy(403, 301s) == Remedy::store_time);
    CHECK(remedy(403, -301s) == Remedy::store_time);
    CHECK(remedy(404, 301s) == Remedy::none);
    CHECK(verdict_on({.status = 403}, noon).remedy == Remedy::none);
}

TEST_CASE("pauses double, differ by chance, and end") {
    const auto pause = [](unsigned made, std::chrono::milliseconds since, double chance) {
        return pause_before_next({.made = made, .since_first_failure = since}, chance);
    };
    CHECK(pause(1, 0ms, 0) == 200ms);
    CHECK(pause(1, 0ms, 1) == 600ms);
    CHECK(pause(2, 0ms, 0) == 400ms);
    CHECK(pause(3, 0ms, 0.5) == 1600ms);
    CHECK(pause(4, 0ms, 1) == 4800ms);
    CHECK_FALSE(pause(5, 0ms, 0));
    CHECK_FALSE(pause(1000, 0ms, 0));
    CHECK(pause(1, 9'800ms, 0) == 200ms);
    CHECK_FALSE(pause(1, 9'801ms, 0));
    CHECK_FALSE(pause(2, 30s, 0));
}

TEST_CASE("all pauses of one request together stay under ten seconds") {
    for (const double chance : {0.0, 0.5, 1.0}) {
        std::chrono::milliseconds waited{0};
        unsigned made = 1;
        while (const auto pause =
                   pause_before_next({.made = made, .since_first_failure = waited}, chance)) {
            waited += *pause;
            ++made;
        }
        CHECK(made == 5);
        CHECK(waited >= 3s);
        CHECK(waited <= 10s);
    }
}

}  // namespace
}  // namespace xpc::sink::s3
