#include <array>

#include "base/text.hpp"
#include "capture/ios_xe/epc_output.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::is_digit;

/// The number in front of each unit of "1 year, 2 weeks, 3 days, 4 hours, 5 minutes".
std::optional<std::chrono::seconds> uptime_of(const std::string& lowered) {
    constexpr std::string_view head = "uptime is ";
    const auto at = lowered.find(head);
    if (at == std::string::npos) return std::nullopt;
    const auto end = std::min(lowered.find('\n', at), lowered.size());
    using std::chrono::seconds;
    constexpr std::uint64_t most = 100'000;
    constexpr auto units = std::to_array<std::pair<std::string_view, std::int64_t>>(
        {{"year", 31'536'000}, {"week", 604'800}, {"day", 86'400}, {"hour", 3600}, {"minute", 60}});
    seconds sum{};
    bool is_said = false;
    const auto line = std::string_view(lowered).substr(at + head.size(), end - at - head.size());
    for (const auto piece : base::split(line, ',')) {
        const auto words = base::split(base::trimmed(piece), ' ');
        const auto number = base::parse_decimal<std::uint64_t>(words.front());
        if (!number || words.size() < 2 || *number > most) continue;
        for (const auto& [unit, length] : units) {
            if (!words[1].starts_with(unit)) continue;
            sum += seconds(static_cast<std::int64_t>(*number) * length);
            is_said = true;
        }
    }
    return is_said ? std::optional(sum) : std::nullopt;
}

/// The number of the release, which stands behind the word "Version": "17.09.03a", "16.6.2".
unsigned release_of(std::string_view lowered) {
    constexpr std::string_view word = "version ";
    for (auto at = lowered.find(word); at != std::string_view::npos;
         at = lowered.find(word, at + 1)) {
        const auto rest = lowered.substr(at + word.size());
        const auto point = rest.find('.');
        if (point == std::string_view::npos) continue;
        const auto number = base::parse_decimal<unsigned>(rest.substr(0, point));
        // IOS itself, before there was a single number for both, is 15.x there
        if (number && *number >= 16 && *number < 100) return *number;
    }
    return 0;
}

}  // namespace

base::Result<Version> parse_version(std::string_view answer) {
    const auto lowered = base::lower(answer);
    const auto has = [&lowered](std::string_view word) { return lowered.contains(word); };
    // Catalyst 8000 are routers, and 9800 are controllers, which take the commands of routers
    const bool is_switch = has("catalyst l3 switch") || has("cat9k") || has("cat3k") ||
                           has("switch software") || has("cat4500");
    const auto release = release_of(lowered);
    if (!has("ios") || release == 0) {
        return base::refuse(base::Errc::device_refused,
                            base::text("\"show version\" does not say that it is IOS-XE 16 or "
                                       "newer: ",
                                       base::quoted(base::trimmed(answer))));
    }
    return Version{.kind = is_switch ? Kind::catalyst : Kind::router,
                   .release = release,
                   .uptime = uptime_of(lowered)};
}

}  // namespace xpc::capture::ios_xe
