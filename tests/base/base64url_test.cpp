#include "base/base64url.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace xpc::base;

TEST_CASE("bytes become base64url without padding, and are read back") {
    struct Row {
        std::string bytes;
        const char* words;
    };

    // RFC 4648, 10, and two that need the letters of its section 5
    for (const Row& row : std::to_array<Row>({{"", ""},
                                              {"f", "Zg"},
                                              {"fo", "Zm8"},
                                              {"foo", "Zm9v"},
                                              {"foob", "Zm9vYg"},
                                              {"fooba", "Zm9vYmE"},
                                              {"foobar", "Zm9vYmFy"},
                                              {"\xff\xef", "_-8"},
                                              {std::string("\0\0", 2), "AAA"}})) {
        CAPTURE(row.words);
        CHECK(base64url(row.bytes) == row.words);
        CHECK(from_base64url(row.words) == row.bytes);
    }
}

TEST_CASE("what base64url() never makes is not read") {
    for (const auto* words : {"Z", "Zg==", "Zh", "Zm9v Zm9v", "_+8", "Zm9vY", "\n"}) {
        CAPTURE(words);
        CHECK_FALSE(from_base64url(words));
    }
}
