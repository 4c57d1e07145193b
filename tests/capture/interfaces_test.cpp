#include "capture/interfaces.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace xpc;

TEST_CASE("the loopback exists, and so does any") {
    const auto loopback = capture::find_interface("lo");
    REQUIRE(loopback);
    CHECK(loopback->index == 1);
    const auto any = capture::find_interface("any");
    REQUIRE(any);
    CHECK(any->index == 0);
}

TEST_CASE("a name that no interface has is refused, whatever is in it") {
    for (const std::string& name :
         {std::string(), std::string("no-such-if0"), std::string("lo\0", 3), std::string("../lo"),
          std::string("lo; reload"), std::string(4096, 'x'), std::string("LO")}) {
        CAPTURE(name);
        const auto found = capture::find_interface(name);
        REQUIRE_FALSE(found);
        CHECK(found.error().errc == base::Errc::no_such_interface);
        CHECK(found.error().message.size() < 200);
    }
}
