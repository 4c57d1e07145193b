#include "api/list_page.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "api/router.hpp"

using namespace xpc;
using namespace xpc::api;

namespace {

Request asked(const std::string& query) {
    Request request;
    request.method = "GET";
    request.target = "/api/v1/jobs" + (query.empty() ? "" : "?" + query);
    request.query = *parse_query(query);
    return request;
}

}  // namespace

TEST_CASE("every parameter of the list is read") {
    const auto query = parse_list_query(
        asked("limit=7&state=stopped&delivery=failed&device=edge1&interface=Gi1&by=alice"
              "&created_after=2026-11-23T08:15:30Z&created_before=2026-11-24T00:00:00%2B01:00"));
    REQUIRE(query);
    CHECK(query->limit == 7);
    CHECK(query->state == job::State::stopped);
    CHECK(query->delivery == job::Delivery::failed);
    CHECK(query->device == "edge1");
    CHECK(query->interface == "Gi1");
    CHECK(query->by == "alice");
    CHECK(base::rfc3339(*query->created_after) == "2026-11-23T08:15:30.000000Z");
    CHECK(base::rfc3339(*query->created_before) == "2026-11-23T23:00:00.000000Z");
    CHECK(parse_list_query(asked(""))->limit == 100);
}

TEST_CASE("what is no parameter, or no value of one, is refused by its name") {
    struct Row {
        const char* query;
        const char* field;
        base::Errc errc = base::Errc::invalid_value;
    };

    for (const Row& row :
         std::to_array<Row>({{"limit=0", "limit"},
                             {"limit=1001", "limit"},
                             {"limit=", "limit"},
                             {"state=done", "state"},
                             {"delivery=maybe", "delivery"},
                             {"created_after=yesterday", "created_after"},
                             {"created_before=", "created_before"},
                             {"cursor=", "cursor"},
                             {"cursor=abc", "cursor"},
                             {"cursor=MS4xLg", "cursor"},
                             {"before=123456", "before"},
                             {"colour=red", "colour", base::Errc::unknown_field}})) {
        CAPTURE(row.query);
        const auto query = parse_list_query(asked(row.query));
        REQUIRE_FALSE(query);
        CHECK(query.error().errc == row.errc);
        CHECK(query.error().field == row.field);
    }
}

TEST_CASE("a cursor leads behind its job in the same list, whatever the size of the page") {
    const auto cursor = cursor_after(asked("state=stopped&limit=2"), 17);
    for (const std::string& query :
         {"state=stopped&cursor=" + cursor, "limit=5&state=stopped&before=" + cursor}) {
        CAPTURE(query);
        const auto next = parse_list_query(asked(query));
        REQUIRE(next);
        CHECK(next->before_sequence == 17);
    }
    CHECK_FALSE(parse_list_query(asked("state=queued&cursor=" + cursor)));
    CHECK_FALSE(parse_list_query(asked("cursor=" + cursor)));
}

TEST_CASE("the next page has the parameters of this one, and the cursor in place of the last") {
    const auto request = asked("by=a%20b%26c&cursor=old&limit=2");
    CHECK(next_target(request, "new") == "/api/v1/jobs?by=a%20b%26c&limit=2&cursor=new");
    CHECK(next_target(asked(""), "new") == "/api/v1/jobs?cursor=new");
    const auto id = std::string("019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77");
    CHECK(parse_list_query(asked("before=" + id))->before == id);
}
