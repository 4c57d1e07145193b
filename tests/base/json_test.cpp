#include "base/json.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace xpc::base;

TEST_CASE("a JSON text survives reading and writing") {
    for (const auto* raw : {"null", "true", "-7", "1.5", "\"a\\\"b\"", "[]", "{}",
                            "[1,[2,{\"a\":null}],\"x\"]", "{\"b\":1,\"a\":{\"c\":[false]}}"}) {
        CAPTURE(raw);
        const auto parsed = parse_json(raw);
        REQUIRE(parsed);
        CHECK(parsed->dump() == raw);
    }
}

TEST_CASE("an object that has a name twice, or more members than anybody needs, is refused") {
    const auto repeated = parse_json(R"({"a":1,"b":2,"a":3})");
    REQUIRE_FALSE(repeated);
    CHECK(repeated.error().message.contains("\"a\" twice"));
    CHECK(parse_json(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})"));
    std::string many = "{";
    for (int i = 0; i < 1024; ++i)
        many += "\"" + std::to_string(i) + "\":1,";
    CHECK_FALSE(parse_json(many + "\"more\":1}"));
    many.back() = '}';
    CHECK(parse_json(many));
}

TEST_CASE("what is no JSON is refused with the place") {
    for (const auto* raw :
         {"", "{", "{\"a\"}", "[1,]", "nul", "'a'", "1 2", "{\"a\":1}}", "\"\xff\""}) {
        CAPTURE(raw);
        const auto parsed = parse_json(raw);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().errc == Errc::malformed_json);
        CHECK(parsed.error().message.contains("column"));
    }
}

TEST_CASE("nesting without end is refused, not followed") {
    CHECK(parse_json(std::string(60, '[') + std::string(60, ']')));
    const auto parsed = parse_json(std::string(100'000, '['));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.contains("nested"));
}

TEST_CASE("numbers keep their kind") {
    const auto parsed = parse_json("[9223372036854775807, 18446744073709551615, 10.0, -0]");
    REQUIRE(parsed);
    const auto& list = *parsed->array();
    CHECK(*list[0].integer() == INT64_MAX);
    CHECK(list[1].floating() != nullptr);
    CHECK(list[2].floating() != nullptr);
    CHECK(*list[3].integer() == 0);
}

TEST_CASE("every character is read as it was written, in names too") {
    std::string all;
    for (char c = 1; c < 127; ++c)
        all += c;
    all += "\x7fö€😀";
    for (const Json& value : {Json(all), Json(std::string("\"")), Json(std::string("\\")),
                              Json::object({{all, Json(1)}, {"x", Json(Json::Array{})}}),
                              Json(Json::Array{Json(), Json(true), Json(-7), Json(0.5),
                                               Json(Json::Object{}), Json(std::string())})}) {
        for (const std::string& text : {value.dump(), value.dump_ascii(), value.dump(true)}) {
            CAPTURE(text);
            CHECK(value_or_throw(parse_json(text)).dump() == value.dump());
        }
        const std::string ascii = value.dump_ascii();
        CHECK(std::ranges::all_of(ascii, [](char c) { return c >= ' ' && c < 127; }));
    }
    CHECK(Json(std::string("\n\x7fö")).dump() == "\"\\n\x7fö\"");
    CHECK(Json(std::string("\n\x7fö")).dump_ascii() == "\"\\n\\u007f\\u00f6\"");
}

TEST_CASE("text that is no UTF-8 is written all the same") {
    CHECK(Json(std::string("a\xff")).dump() == "\"a\xef\xbf\xbd\"");
}
