#include "sink/s3/retry.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a refusal that may pass is told from one that stays") {
    struct Row {
        int status;
        std::string_view code;
        bool is_transient;
    };

    const Row rows[] = {
        {500, "InternalError", true},
        {503, "SlowDown", true},
        {503, "", true},
        {502, "", true},
        {504, "", true},
        {429, "TooManyRequests", true},
        {408, "", true},
        {400, "RequestTimeout", true},
        {400, "BadDigest", true},
        {409, "OperationAborted", true},
        {200, "InternalError", true},
        {501, "NotImplemented", false},
        {400, "InvalidPart", false},
        {403, "AccessDenied", false},
        {403, "RequestTimeTooSkewed", false},
        {404, "NoSuchBucket", false},
        {404, "NoSuchUpload", false},
        {301, "PermanentRedirect", false},
        {412, "PreconditionFailed", false},
        {0, "", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.status);
        CAPTURE(row.code);
        CHECK(is_transient({.status = row.status,
                            .code = std::string(row.code),
                            .message = {},
                            .region = {}}) == row.is_transient);
    }
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
