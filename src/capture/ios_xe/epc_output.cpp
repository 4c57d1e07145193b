#include "capture/ios_xe/epc_output.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.hpp"
#include "capture/ios_xe/names.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::is_alphanumeric;
using base::is_digit;
using base::lower;
using base::trimmed;

std::vector<std::string_view> lines_of(std::string_view answer) {
    auto lines = base::split(answer, '\n');
    for (auto& line : lines)
        line = trimmed(line);
    return lines;
}

template <typename Words>
bool contains_any(std::string_view lowered, const Words& words) {
    return std::ranges::any_of(words, [&](std::string_view w) { return lowered.contains(w); });
}

/// The first decimal number at or behind `from`.
std::optional<std::uint64_t> number_in(std::string_view line, std::size_t from = 0) {
    const auto first =
        std::find_if(line.begin() + static_cast<std::ptrdiff_t>(std::min(from, line.size())),
                     line.end(), is_digit);
    const auto last = std::find_if_not(first, line.end(), is_digit);
    return base::parse_decimal<std::uint64_t>(std::string_view(first, last));
}

/// The most that there is, where it is more.
std::uint64_t sum_of(std::uint64_t one, std::uint64_t other) {
    return other > UINT64_MAX - one ? UINT64_MAX : one + other;
}

/// What stands behind "Status :", whatever the spaces; nothing for another key.
std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (lower(trimmed(line.substr(0, colon))) != key) return std::nullopt;
    return trimmed(line.substr(colon + 1));
}

/// Words that a refusal has, wherever they stand.
constexpr auto refusals = std::to_array<std::string_view>({"unable to",
                                                           "failed to",
                                                           "not supported",
                                                           "non-existent",
                                                           "does not exist",
                                                           "not found",
                                                           "cli syntax error",
                                                           "execution failure",
                                                           "authorization failed",
                                                           "not authorized",
                                                           "is not active",
                                                           "no space",
                                                           "not enough",
                                                           "insufficient",
                                                           "already attached",
                                                           "too many",
                                                           "cannot",
                                                           "can not",
                                                           "could not",
                                                           "denied",
                                                           "error:",
                                                           "exceeded"});

/// Of "export status": nobody has recorded the line, so what is behind its last colon counts.
ExportState shown_export_state(std::string_view lowered) noexcept {
    constexpr auto failed = std::to_array<std::string_view>({"fail", "error", "abort"});
    constexpr auto other = std::to_array<std::string_view>({"not ", "incomplete"});
    constexpr auto complete =
        std::to_array<std::string_view>({"complete", "success", "done", "finished"});
    for (const auto line : lines_of(lowered)) {
        const auto colon = line.rfind(':');
        if (colon == std::string_view::npos || !line.contains("export status")) continue;
        const auto word = line.substr(colon + 1);
        if (contains_any(word, failed)) return ExportState::failed;
        if (contains_any(word, complete) && !contains_any(word, other))
            return ExportState::complete;
    }
    return ExportState::unknown;
}

}  // namespace

bool is_log_line(std::string_view line) noexcept {
    // %FACILITY-SEVERITY-MNEMONIC: of "Cisco IOS System Message Guide", also
    // %FACILITY-SUBFACILITY-…
    const auto percent = line.find('%');
    if (percent == std::string_view::npos) return false;
    const auto rest = line.substr(percent + 1);
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) return false;
    const auto tag = rest.substr(0, colon);
    const bool is_tag = std::ranges::all_of(
        tag, [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-'; });
    if (!is_tag) return false;
    for (std::size_t at = tag.find('-'); at != std::string_view::npos; at = tag.find('-', at + 1)) {
        if (at + 2 < tag.size() && is_digit(tag[at + 1]) && tag[at + 2] == '-') return true;
    }
    return false;
}

std::string without_noise(std::string_view answer) {
    std::string kept;
    for (const auto line : base::split(answer, '\n')) {
        const auto bare = trimmed(line);
        if (is_log_line(bare) || bare.starts_with("Load for five secs:") ||
            bare.starts_with("Time source is ")) {
            continue;
        }
        kept.append(line);
        kept.push_back('\n');
    }
    return kept;
}

std::optional<std::string> refusal(std::string_view answer) {
    constexpr std::size_t most_lines = 4;
    std::vector<std::string> words;
    for (const auto line : lines_of(answer)) {
        if (line.empty() || is_log_line(line) || words.size() == most_lines) continue;
        const auto lowered = lower(line);
        const bool is_marked = line.starts_with('%') && !lowered.starts_with("%warning");
        if (!is_marked && !contains_any(lowered, refusals)) continue;
        auto said = base::quoted(line);
        if (std::ranges::find(words, said) == words.end()) words.push_back(std::move(said));
    }
    if (words.empty()) return std::nullopt;
    return base::joined(words, ", ");
}

base::Errc refusal_errc(std::string_view words) noexcept {
    using base::Errc;
    const auto lowered = lower(words);
    constexpr auto lists =
        std::to_array<std::string_view>({"non-existent access-list", "attach existing acl"});
    constexpr auto full = std::to_array<std::string_view>(
        {"no space", "not enough space", "insufficient", "disk full", "device full", "flash full",
         "is full", "out of space", "not enough room"});
    if (contains_any(lowered, lists)) return Errc::device_acl_lost;
    return contains_any(lowered, full) ? Errc::device_flash_full : Errc::device_refused;
}

bool is_syntax_refusal(std::string_view answer) noexcept {
    constexpr auto words = std::to_array<std::string_view>(
        {"% invalid input", "% incomplete command", "% ambiguous command", "% unknown command",
         "cli syntax error"});
    return contains_any(lower(answer), words);
}

bool says_no_capture(std::string_view answer) noexcept {
    constexpr auto words = std::to_array<std::string_view>(
        {"capture point does not exist", "capture does not exist", "no such capture"});
    const auto lowered = lower(answer);
    return contains_any(lowered, words) ||
           (lowered.contains("capture") && lowered.contains("does not exist"));
}

std::vector<Point> parse_points(std::string_view answer) {
    constexpr std::string_view head = "status information for capture";
    std::vector<Point> points;
    for (const auto line : lines_of(answer)) {
        const auto lowered = lower(line);
        if (const auto at = lowered.find(head); at != std::string::npos) {
            points.push_back({.name = std::string(trimmed(line.substr(at + head.size())))});
            continue;
        }
        if (points.empty() || is_log_line(line)) continue;
        Point& point = points.back();
        if (const auto status = value_of(line, "status")) {
            point.is_active = lower(*status) == "active";
        } else if (const auto interface = value_of(line, "interface")) {
            // "GigabitEthernet1, Direction: IN": several are shown on several lines
            if (point.interface.empty()) {
                point.interface = trimmed(interface->substr(0, interface->find(',')));
            }
        } else if (const auto type = value_of(line, "buffer type")) {
            point.is_circular = lower(*type).starts_with("circular");
        } else if (lowered.starts_with("buffer size")) {
            const auto size = number_in(line, line.find(':')).value_or(0);
            point.buffer_mib = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, 1U << 20U));
        }
    }
    return points;
}

bool shows_list(std::string_view answer, std::string_view name) {
    // "Extended IP access list XP100001", "IPv6 access list XP100001"
    static constexpr std::string_view head = "access list ";
    return std::ranges::any_of(lines_of(answer), [name](std::string_view line) {
        const auto at = lower(line).find(head);
        return at != std::string::npos && trimmed(line.substr(at + head.size())) == name;
    });
}

Counts parse_counts(std::string_view answer) {
    Counts counts;
    std::optional<std::uint64_t> received;
    std::optional<std::uint64_t> oversized;
    for (const auto line : lines_of(answer)) {
        const auto lowered = lower(line);
        // one of two answers, the later of which says the same as the first, or more
        if (lowered.starts_with("capture statistics collected")) counts.dropped.reset();
        // "packets dropped  : 0" of routers, "Packets dropped - 0" of switches
        const auto divider = lowered.find_last_of(":-");
        if (divider == std::string::npos || is_log_line(line)) continue;
        const auto key = trimmed(std::string_view(lowered).substr(0, divider));
        const auto value = number_in(lowered, divider);
        if (!value) continue;
        if (key == "packets in buf") {
            counts.in_buffer = value;
        } else if (key == "packets sent") {
            counts.sent = value;
        } else if (key == "packets received") {
            received = value;
        } else if (key == "packets oversized") {
            oversized = value;
        } else if (key == "packets dropped" || key == "packets errored") {
            counts.dropped = sum_of(counts.dropped.value_or(0), *value);
        } else if (key.starts_with("buffer size")) {  // "(KB)", and "(in MB)" of how it is set
            counts.buffer_kib = key.contains("mb") ? *value << 10U : *value;
        } else if (key.starts_with("buffer used")) {
            counts.used_kib = value;
        } else if (key == "bytes dropped in asic") {
            counts.asic_dropped = value;
        } else if (key == "capture duration") {
            constexpr std::uint64_t longest = 1'000'000'000;
            counts.duration = std::chrono::seconds(std::min(*value, longest));
        }
    }
    // whether oversized ones are cut and sent, or not sent, is only told by the other counts
    if (received && counts.sent) {
        const auto missing = *received - std::min(*received, *counts.sent);
        counts.dropped = std::max(counts.dropped.value_or(0), missing);
    } else if (oversized) {
        counts.dropped = sum_of(counts.dropped.value_or(0), *oversized);
    }
    return counts;
}

std::optional<std::uint64_t> file_bytes(std::string_view answer, std::string_view file) {
    // "121  -rw-  1260618344  Jun 16 2026 12:30:01 +00:00  cat9k.bin"
    for (auto line : lines_of(answer)) {
        if (!line.ends_with(file)) continue;
        const auto before = line.substr(0, line.size() - file.size());
        if (!before.empty() && before.back() != ' ' && before.back() != '/') continue;
        const auto rights = before.find("-rw");
        if (rights == std::string_view::npos) continue;
        const auto behind = before.find(' ', rights);
        if (behind == std::string_view::npos) continue;
        if (const auto size = number_in(before, behind)) return size;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> free_bytes(std::string_view answer) {
    const auto lowered = lower(answer);
    const auto at = lowered.rfind("bytes free");
    if (at == std::string::npos) return std::nullopt;
    const auto open = lowered.rfind('(', at);
    return open == std::string::npos ? std::nullopt : number_in(lowered, open);
}

ExportState export_state_of(std::string_view answer) noexcept {
    const auto lowered = lower(without_noise(answer));
    if (const auto shown = shown_export_state(lowered); shown != ExportState::unknown) return shown;
    constexpr auto failed = std::to_array<std::string_view>(
        {"failed to export", "export failed", "unable to export", "export error"});
    constexpr auto complete = std::to_array<std::string_view>(
        {"export completed", "exported successfully", "export complete", "export is complete",
         "status : complete", "status: complete"});
    constexpr auto running = std::to_array<std::string_view>(
        {"export started", "in progress", "exporting", "export is running"});
    if (contains_any(lowered, failed)) return ExportState::failed;
    if (contains_any(lowered, complete)) return ExportState::complete;
    return contains_any(lowered, running) ? ExportState::running : ExportState::unknown;
}

std::vector<std::string> names_of_ours(std::string_view answer, std::string_view mark) {
    std::vector<std::string> names;
    if (mark.empty()) return names;
    const auto is_part = [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; };
    for (auto at = answer.find(mark); at != std::string_view::npos;
         at = answer.find(mark, at + 1)) {
        const auto name = answer.substr(at, mark.size() + name_digits);
        const auto end = at + name.size();
        const bool is_whole = (at == 0 || !is_part(answer[at - 1])) &&
                              (end == answer.size() || !is_part(answer[end]));
        if (!is_whole || !is_ours(name, mark)) continue;
        if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
    }
    return names;
}

}  // namespace xpc::capture::ios_xe
