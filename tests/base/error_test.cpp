#include "base/error.hpp"

#include <cerrno>
#include <new>
#include <set>
#include <stdexcept>
#include <system_error>

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
    for (const int too_many : {EMFILE, ENFILE}) {
        const auto errc = Failure::from_errno("x", too_many).error().errc;
        CHECK(errc == Errc::no_resources);
        CHECK(traits(errc).worth_a_retry);
    }
}

TEST_CASE("what the system refuses the standard library is told as what may pass") {
    const Failure failure(Errc::io, "spool /x: broken");
    CHECK(error_of(failure).errc == Errc::io);
    CHECK(error_of(failure).message == "spool /x: broken");
    const std::system_error no_thread(EAGAIN, std::generic_category());
    CHECK(error_of(no_thread).errc == Errc::no_resources);
    CHECK(error_of(std::system_error(ENOSPC, std::system_category())).errc == Errc::disk_full);
    CHECK(error_of(std::bad_alloc()).errc == Errc::no_memory);
    CHECK(error_of(std::logic_error("a fault")).errc == Errc::internal);
    CHECK(error_of(std::logic_error("a fault")).message == "a fault");
}
