#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "base/text.hpp"

namespace xpc::base {
namespace {

using namespace std::chrono;  // NOLINT(google-build-using-namespace): the file is about it

std::tm utc(WallTime when) {
    const std::time_t seconds = floor<std::chrono::seconds>(when).time_since_epoch().count();
    std::tm parts{};
    // fails only for years beyond 2^31, which nanoseconds can not reach
    [[maybe_unused]] const std::tm* same = ::gmtime_r(&seconds, &parts);
    return parts;
}

/// `number` with leading zeroes to `width` digits.
std::string padded(std::int64_t number, std::size_t width) {
    std::string digits = std::to_string(number);
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    return digits;
}

std::string date(const std::tm& parts, std::string_view separator) {
    return text(padded(parts.tm_year + 1900, 4), separator, padded(parts.tm_mon + 1, 2), separator,
                padded(parts.tm_mday, 2));
}

std::string time_of_day(const std::tm& parts, std::string_view separator) {
    return text(padded(parts.tm_hour, 2), separator, padded(parts.tm_min, 2), separator,
                padded(parts.tm_sec, 2));
}

struct Unit {
    std::string_view word;
    double milliseconds;
};

constexpr auto units = std::to_array<Unit>({{"", 1e3},
                                            {"ms", 1.0},
                                            {"s", 1e3},
                                            {"m", 60e3},
                                            {"min", 60e3},
                                            {"h", 3600e3},
                                            {"d", 86400e3},
                                            {"days", 86400e3}});

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

WallTime wall_now() {
    return time_point_cast<nanoseconds>(system_clock::now());
}

std::string rfc3339(WallTime when) {
    const auto micros =
        duration_cast<microseconds>(when - floor<std::chrono::seconds>(when)).count();
    const std::tm parts = utc(when);
    return text(date(parts, "-"), 'T', time_of_day(parts, ":"), '.', padded(micros, 6), 'Z');
}

std::optional<WallTime> parse_rfc3339(std::string_view raw) noexcept {
    const auto number = [&raw](std::size_t digits, std::string_view behind) -> std::optional<int> {
        const auto value = parse_decimal<unsigned>(raw.substr(0, digits));
        if (!value || raw.size() < digits || !raw.substr(digits).starts_with(behind)) {
            return std::nullopt;
        }
        raw.remove_prefix(digits + behind.size());
        return static_cast<int>(*value);
    };
    const auto year = number(4, "-");
    const auto month = year ? number(2, "-") : std::nullopt;
    const auto day = month ? number(2, "T") : std::nullopt;
    const auto hour = day ? number(2, ":") : std::nullopt;
    const auto minute = hour ? number(2, ":") : std::nullopt;
    const auto second = minute ? number(2, "") : std::nullopt;
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    if (raw.starts_with('.'))
        raw.remove_prefix(std::min(raw.find_first_not_of("0123456789", 1), raw.size()));
    std::chrono::minutes offset{0};
    const bool is_ahead = raw.starts_with('+');
    if (is_ahead || raw.starts_with('-')) {
        raw.remove_prefix(1);
        const auto hours = number(2, ":");
        const auto minutes = hours ? number(2, "") : std::nullopt;
        if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
        offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
        if (!is_ahead) offset = -offset;
        if (!raw.empty()) return std::nullopt;
    } else if (raw != "Z") {
        return std::nullopt;
    }
    const std::chrono::sys_seconds when = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                                          std::chrono::minutes(*minute) +
                                          std::chrono::seconds(*second) - offset;
    // 64 bits of nanoseconds end in 2262, and a year 9999 is how some say "never"
    constexpr std::chrono::sys_seconds last =
        std::chrono::sys_days(std::chrono::year(2262) / 1 / 1);
    return std::clamp(when, std::chrono::sys_seconds(), last);
}

std::string iso8601_basic(WallTime when) {
    const std::tm parts = utc(when);
    return text(date(parts, ""), 'T', time_of_day(parts, ""), 'Z');
}

std::string http_date(WallTime when) {
    constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    const std::tm parts = utc(when);
    return text(days.at(static_cast<std::size_t>(parts.tm_wday)), ", ", padded(parts.tm_mday, 2),
                ' ', months.at(static_cast<std::size_t>(parts.tm_mon)), ' ', parts.tm_year + 1900,
                ' ', time_of_day(parts, ":"), " GMT");
}

std::optional<WallTime> parse_http_date(std::string_view raw) noexcept {
    constexpr std::string_view shape = "Mon, 23 Nov 2026 08:15:30 GMT";
    if (raw.size() != shape.size() || !raw.ends_with(" GMT")) return std::nullopt;
    const auto* const month = std::ranges::find(months, raw.substr(8, 3));
    const auto number = std::distance(months.begin(), month) + 1;
    if (month == months.end()) return std::nullopt;
    return parse_rfc3339(text(raw.substr(12, 4), '-', padded(static_cast<int>(number), 2), '-',
                              raw.substr(5, 2), 'T', raw.substr(17, 8), 'Z'));
}

Result<milliseconds> parse_duration(std::string_view raw) {
    const auto refusal = [raw] {
        return refuse(Errc::invalid_value,
                      text("duration ", quoted(raw),
                           ": must be a number of seconds, or a number with ms, s, m, h or d"));
    };
    const std::string_view whole = trimmed(raw);
    double number{};
    const char* end = whole.data() + whole.size();
    const auto [stopped, error] =
        std::from_chars(whole.data(), end, number, std::chars_format::fixed);
    if (error != std::errc{}) return refusal();
    const std::string_view word = trimmed({stopped, end});
    for (const Unit& unit : units) {
        if (unit.word != word) continue;
        const double total = number * unit.milliseconds;
        constexpr double century = 100.0 * 365.25 * 86400e3;
        if (std::isnan(total) || total < 0.0 || total > century) return refusal();
        return milliseconds(std::llround(total));
    }
    return refusal();
}

std::string human_duration(milliseconds duration) {
    const auto total = duration_cast<std::chrono::seconds>(duration).count();
    if (duration.count() % 1000 != 0 && total < 60) {
        std::array<char, 32> out{};
        const int length = std::snprintf(out.data(), out.size(), "%.1f s",
                                         static_cast<double>(duration.count()) / 1000.0);
        return {out.data(), static_cast<std::size_t>(length)};
    }
    if (total < 60 || (total < 120 && total % 60 != 0)) return text(total, " s");
    const auto whole_and_rest = [](auto whole, std::string_view unit, auto rest,
                                   std::string_view rest_unit) {
        return rest == 0 ? text(whole, " ", unit)
                         : text(whole, " ", unit, " ", rest, " ", rest_unit);
    };
    if (total < 3600) return whole_and_rest(total / 60, "min", total % 60, "s");
    return whole_and_rest(total / 3600, "h", total % 3600 / 60, "min");
}

}  // namespace xpc::base
