#include "sink/s3/expiration.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/text.hpp"

namespace xpc::sink::s3 {
namespace {

constexpr std::size_t date_length = std::string_view("2026-11-23").size();
constexpr std::size_t time_length = std::string_view("08:15:30").size();

bool begins_with_digits(std::string_view raw, std::size_t count) {
    return raw.size() >= count && std::ranges::all_of(raw.substr(0, count), base::is_digit);
}

/// "20261123T081530Z" as "2026-11-23T08:15:30Z".
std::string with_separators(std::string_view basic) {
    constexpr std::size_t date_digits = 8;
    constexpr std::size_t time_digits = 6;
    if (!begins_with_digits(basic, date_digits)) return std::string(basic);
    std::string whole(basic);
    if (begins_with_digits(basic.substr(std::min(date_digits + 1, basic.size())), time_digits)) {
        whole.insert(date_digits + 1 + 4, ":").insert(date_digits + 1 + 2, ":");
    }
    return whole.insert(6, "-").insert(4, "-");
}

/// "+0200" and "+02" at the end as "+02:00".
void complete_offset(std::string& whole) {
    const auto sign = whole.find_first_of("+-", date_length + 1 + time_length);
    if (sign == std::string::npos) return;
    const std::string_view digits = std::string_view(whole).substr(sign + 1);
    if (!std::ranges::all_of(digits, base::is_digit)) return;
    if (digits.size() == 4) whole.insert(sign + 3, ":");
    if (digits.size() == 2) whole += ":00";
}

}  // namespace

std::optional<base::WallTime> parse_expiration(std::string_view raw) {
    std::string whole = with_separators(base::upper(base::trimmed(raw)));
    if (whole.size() <= date_length + 1 + time_length) return std::nullopt;
    if (whole[date_length] == ' ') whole[date_length] = 'T';
    complete_offset(whole);
    return base::parse_rfc3339(whole);
}

}  // namespace xpc::sink::s3
