#include "api/byte_range.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::api {

RangeAnswer parse_range(std::string_view header, std::uint64_t size) {
    const RangeAnswer whole{.kind = RangeKind::whole, .range = {.first = 0, .length = size}};
    const RangeAnswer unsatisfiable{.kind = RangeKind::unsatisfiable, .range = {}};
    constexpr std::string_view unit = "bytes=";
    if (!base::lower(header.substr(0, unit.size())).starts_with(unit)) return whole;
    const std::string_view set = base::trimmed(header.substr(unit.size()));
    const auto dash = set.find('-');
    if (dash == std::string_view::npos || set.contains(',')) return whole;
    const auto first = base::parse_decimal<std::uint64_t>(set.substr(0, dash));
    const auto last = base::parse_decimal<std::uint64_t>(set.substr(dash + 1));
    if (dash == 0) {  // "-500": the last 500
        if (!last) return whole;
        if (*last == 0 || size == 0) return unsatisfiable;
        const std::uint64_t length = std::min(*last, size);
        return {.kind = RangeKind::part, .range = {.first = size - length, .length = length}};
    }
    const bool open_ended = dash + 1 == set.size();
    if (!first || (!last && !open_ended) || (last && *last < *first)) return whole;
    if (*first >= size) return unsatisfiable;
    const std::uint64_t end = open_ended ? size - 1 : std::min(*last, size - 1);
    return {.kind = RangeKind::part, .range = {.first = *first, .length = end - *first + 1}};
}

}  // namespace xpc::api
