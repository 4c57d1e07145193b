#include "api/idempotency_key.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::api;

namespace {

Request with_key(const std::string& header, const std::string& body = "{}") {
    Request request;
    request.headers["idempotency-key"] = header;
    request.body = body;
    return request;
}

}  // namespace

TEST_CASE("a key is a string of structured fields, or the same without its quotes") {
    struct Row {
        const char* header;
        const char* key;
    };

    for (const Row& row : std::to_array<Row>({{"\"8e03978e-40d5\"", "8e03978e-40d5"},
                                              {"8e03978e-40d5", "8e03978e-40d5"},
                                              {" \"a b\" ", "a b"},
                                              {R"("a\"b\\c")", "a\"b\\c"}})) {
        CAPTURE(row.header);
        const auto key = idempotency_key(with_key(row.header));
        REQUIRE(key);
        REQUIRE(*key);
        CHECK((*key)->key == row.key);
    }
    CHECK_FALSE(*idempotency_key(Request{}));
}

TEST_CASE("what is no key is refused, and shown") {
    for (const auto& header :
         std::to_array<std::string>({"", "\"\"", "\"open", "\"a\" \"b\"", "\"a\\", "a\tb",
                                     "\xc3\xa4", std::string(256, 'x')})) {
        CAPTURE(header);
        const auto key = idempotency_key(with_key(header));
        REQUIRE_FALSE(key);
        CHECK(key.error().errc == base::Errc::invalid_value);
        CHECK(key.error().field == "Idempotency-Key");
    }
    CHECK(idempotency_key(with_key(std::string(255, 'x'))));
}

TEST_CASE("two bodies have the same fingerprint only if they are the same") {
    const auto fingerprint = [](const std::string& body) {
        return (**idempotency_key(with_key("k", body))).fingerprint;
    };
    CHECK(fingerprint("{\"a\":1}") == fingerprint("{\"a\":1}"));
    CHECK(fingerprint("{\"a\":1}") != fingerprint("{\"a\": 1}"));
}
