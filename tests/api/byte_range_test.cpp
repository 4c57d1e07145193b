#include "api/byte_range.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace xpc::api;

TEST_CASE("a Range header means what RFC 9110 says") {
    struct Row {
        std::string_view header;
        std::uint64_t size;
        RangeKind kind;
        ByteRange range;
    };

    const auto rows = std::to_array<Row>({
        {"", 100, RangeKind::whole, {0, 100}},
        {"bytes=0-9", 100, RangeKind::part, {0, 10}},
        {"bytes=90-", 100, RangeKind::part, {90, 10}},
        {"bytes=-10", 100, RangeKind::part, {90, 10}},
        {"bytes=-500", 100, RangeKind::part, {0, 100}},
        {"bytes=0-999", 100, RangeKind::part, {0, 100}},
        {"Bytes=99-99", 100, RangeKind::part, {99, 1}},
        {"bytes=100-", 100, RangeKind::unsatisfiable, {}},
        {"bytes=-0", 100, RangeKind::unsatisfiable, {}},
        {"bytes=0-", 0, RangeKind::unsatisfiable, {}},
        {"bytes=9-0", 100, RangeKind::whole, {0, 100}},
        {"bytes=0-1,5-6", 100, RangeKind::whole, {0, 100}},
        {"bytes=a-b", 100, RangeKind::whole, {0, 100}},
        {"bytes=-", 100, RangeKind::whole, {0, 100}},
        {"bytes", 100, RangeKind::whole, {0, 100}},
        {"lines=0-9", 100, RangeKind::whole, {0, 100}},
        {"bytes=99999999999999999999-", 100, RangeKind::whole, {0, 100}},
        {"bytes=0-18446744073709551615", 100, RangeKind::part, {0, 100}},
    });
    for (const Row& row : rows) {
        CAPTURE(row.header);
        const auto answer = parse_range(row.header, row.size);
        CHECK(answer.kind == row.kind);
        CHECK(answer.range == row.range);
    }
}
