#include "job/passing_errors.hpp"

#include <doctest/doctest.h>

using namespace xpc::job;
using xpc::base::Errc;
using xpc::base::Error;

TEST_CASE("a full disk passes where a delivery waits for it, and is no other reason to wait") {
    for (const Errc errc : {Errc::disk_full, Errc::database}) {
        const Error error{.errc = errc, .message = "spool /x: refused", .field = {}};
        CHECK_FALSE(may_pass(error));
        CHECK(may_pass(in_delivery(error)));
        CHECK(in_delivery(error).message == error.message);
    }
    for (const Errc errc : {Errc::store_denied, Errc::corrupt, Errc::io, Errc::timeout}) {
        const Error error{.errc = errc, .message = "it", .field = {}};
        CHECK(in_delivery(error).errc == errc);
    }
}

TEST_CASE("what a capture ended for is not forgotten when its delivery has waited") {
    Job job;
    job.errors.push_back({.errc = Errc::disk_full, .message = "the capture's", .field = {}});
    forget_what_passed(job);
    job.errors.push_back(
        in_delivery({.errc = Errc::disk_full, .message = "the delivery's", .field = {}}));
    forget_what_passed(job);
    REQUIRE(job.errors.size() == 1);
    CHECK(job.errors.front().message == "the capture's");
}
