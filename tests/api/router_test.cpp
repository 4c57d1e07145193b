#include "api/router.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "api/own_url.hpp"
#include "api/problem.hpp"
#include "api/problem_title.hpp"

using namespace xpc;
using namespace xpc::api;

namespace {

Response words(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
}

Router made_router() {
    return Router({
        {"GET", "/things/{id}",
         [](const Request& request) { return words("get " + request.captured[0]); }},
        {"DELETE", "/things/{id}",
         [](const Request& request) { return words("delete " + request.captured[0]); }},
        {"GET", "/files/{name...}",
         [](const Request& request) { return words("file " + request.captured[0]); }},
        {"GET", "/query", [](const Request& request) { return words(request.query.at("a b")); }},
        {"POST", "/fails",
         [](const Request&) -> base::Result<Response> {
             throw base::Failure(base::Errc::database, "job store x: broken");
         }},
        {"POST", "/original",
         [](const Request&) -> base::Result<Response> {
             return base::refuse(base::Errc::conflict, "m");
         },
         ErrorForm::original},
        {"POST", "/original-fails",
         [](const Request&) -> base::Result<Response> {
             throw base::Failure(base::Errc::database, "job store x: broken");
         },
         ErrorForm::original},
        {"POST", "/late",
         [](const Request& request, const Later& later) -> base::Result<void> {
             if (request.body == "refuse") return base::refuse(base::Errc::conflict, "m");
             if (request.body == "throw") throw base::Failure(base::Errc::database, "broken");
             std::jthread([&] {
                 later([&]() -> base::Result<Response> {
                     if (request.body == "refuse late")
                         return base::refuse(base::Errc::conflict, "m");
                     if (request.body == "throw late") throw std::logic_error("secret detail");
                     return words("late " + request.body);
                 });
             });
             return {};
         }},
        {"POST", "/bug",
         [](const Request&) -> base::Result<Response> { throw std::logic_error("secret detail"); }},
    });
}

Response answer(const char* method, const char* target) {
    Request request;
    request.method = method;
    request.target = target;
    Response reply;
    made_router().answer(std::move(request),
                         [&reply](Response response) { reply = std::move(response); });
    return reply;
}

std::string header(const Response& response, std::string_view name) {
    for (const auto& [one, value] : response.headers) {
        if (one == name) return value;
    }
    return {};
}

}  // namespace

TEST_CASE("a request goes to the route of its method and path, decoded") {
    CHECK(answer("GET", "/things/7").body == "get 7");
    CHECK(answer("HEAD", "/things/7").body == "get 7");
    CHECK(answer("DELETE", "/things/a%2Fb%20c").body == "delete a/b c");
    CHECK(answer("GET", "/query?a%20b=c%26d&e").body == "c&d");
    CHECK(answer("GET", "/files/a").body == "file a");
    CHECK(answer("GET", "/files/a/b%20c/d").body == "file a/b c/d");
}

TEST_CASE("a reply that another thread makes later is like any other") {
    const auto late = [](std::string body) {
        Request request;
        request.method = "POST";
        request.target = "/late";
        request.body = std::move(body);
        Response reply;
        made_router().answer(std::move(request),
                             [&reply](Response response) { reply = std::move(response); });
        return reply;
    };
    CHECK(late("x").body == "late x");
    CHECK(late("refuse").status == 409);
    CHECK(late("refuse late").status == 409);
    CHECK(late("throw").status == 500);
    CHECK(late("throw late").status == 500);
    CHECK_FALSE(late("throw late").body.contains("secret"));
}

TEST_CASE("what has no route is told what is wrong with it") {
    CHECK(answer("GET", "/nothing").status == 404);
    CHECK(answer("GET", "/things").status == 404);
    CHECK(answer("GET", "/things/").status == 404);
    CHECK(answer("GET", "/things/7/8").status == 404);
    CHECK(answer("GET", "/files").status == 404);
    CHECK(answer("GET", "/files/").status == 404);
    CHECK(answer("GET", "/files/a//b").status == 404);
    CHECK(answer("GET", "/things/%zz").status == 404);
    CHECK(answer("GET", "/query?%zz").status == 400);
    CHECK(answer("GET", "").status == 404);
    const auto refused = answer("PATCH", "/things/7");
    CHECK(refused.status == 405);
    CHECK(header(refused, "Allow") == "GET, HEAD, DELETE");
    CHECK(base::parse_json(refused.body)->find("error")->text_at("code") == "method_not_allowed");
}

TEST_CASE("a failure is answered with its reason, a bug with nothing but an event to look for") {
    const auto failed = answer("POST", "/fails");
    CHECK(failed.status == 500);
    CHECK(failed.body.contains("job store x: broken"));
    const auto bug = answer("POST", "/bug");
    CHECK(bug.status == 500);
    CHECK_FALSE(bug.body.contains("secret"));
    CHECK(bug.body.contains("event"));
}

TEST_CASE("an error is a problem document, with the original's member as an extension") {
    const auto response =
        problem({.errc = base::Errc::missing_field, .message = "m", .field = "iface"});
    CHECK(response.status == 400);
    CHECK(header(response, "Content-Type") == "application/problem+json");
    const auto body = base::parse_json(response.body);
    CHECK(body->text_at("type") == "/problems/missing_field");
    CHECK(body->text_at("title") == "A member is missing");
    CHECK(body->integer_at("status") == 400);
    CHECK(body->text_at("detail") == "m");
    CHECK(body->text_at("code") == "missing_field");
    CHECK(body->text_at("field") == "iface");
    CHECK(body->find("error")->dump() ==
          R"({"code":"missing_field","message":"m","field":"iface"})");
    CHECK(
        base::parse_json(problem({.errc = base::Errc::not_found, .message = "m", .field = {}}).body)
            ->find("field")
            ->is_null());
}

TEST_CASE("every kind of problem has a title of its own") {
    std::set<std::string_view> titles;
    for (int i = 0; i <= static_cast<int>(base::Errc::internal); ++i) {
        CAPTURE(i);
        const auto title = problem_title(static_cast<base::Errc>(i));
        CHECK_FALSE(title.empty());
        CHECK(titles.insert(title).second);
    }
}

TEST_CASE("an original call answers its errors in the original's form, whatever becomes of it") {
    const auto response = answer("POST", "/original");
    CHECK(response.status == 409);
    CHECK(header(response, "Content-Type") == "application/json");
    CHECK(response.body ==
          "{\"error\":{\"code\":\"conflict\",\"message\":\"m\",\"field\":null}}\n");
    CHECK(header(answer("POST", "/original-fails"), "Content-Type") == "application/json");
    CHECK(header(answer("POST", "/fails"), "Content-Type") == "application/problem+json");
}

TEST_CASE(
    "the server's own URL is what it was told, where it listens, or what the client called it") {
    Request request;
    request.headers["host"] = "router1:5000";
    CHECK(own_url("https://pcap.example", "0.0.0.0:5000")(request) == "https://pcap.example");
    CHECK(own_url("", "127.0.0.1:5000")(request) == "http://127.0.0.1:5000");
    CHECK(own_url("", "0.0.0.0:5000")(request) == "http://router1:5000");
    CHECK(own_url("", "[::]:5000")(request) == "http://router1:5000");
    request.headers["host"] = "evil\"><script>";
    CHECK(own_url("", "0.0.0.0:5000")(request) == "http://0.0.0.0:5000");
}
