#include "base/error.hpp"

#include <cerrno>
#include <set>

#include <doctest/doctest.h>

using namespace xpc::base;

TEST_CASE("every kind of error has a code of its own, and is found by it") {
    std::set<std::string_view> codes;
    for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) {
        const auto errc = static_cast<Errc>(i);
        CAPTURE(traits(errc).code);
        CHECK(codes.insert(traits(errc).code).second);
        CHECK(errc_from_code(traits(errc).code) == errc);
        CHECK(traits(errc).http_status >= 400);
        CHECK(traits(errc).exit_code > 0);
    }
    CHECK_FALSE(errc_from_code("no such code"));
}

TEST_CASE("an errno becomes what it means, with the thing and the cause") {
    const auto failure = Failure::from_errno("spool /x", ENOSPC);
    CHECK(failure.error().errc == Errc::disk_full);
    CHECK(failure.error().message == "spool /x: No space left on device");
    CHECK(Failure::from_errno("x", EPERM).error().errc == Errc::permission);
    CHECK(Failure::from_errno("x", ENETDOWN).error().errc == Errc::device);
}
