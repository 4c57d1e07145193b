#include "capture/ios_xe/terminal.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "capture/ios_xe/epc_output.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::trimmed;

constexpr char escape = '\x1b';

/// Behind the escape sequence that begins there (ECMA-48, 5.4).
std::size_t behind_escape(std::string_view raw, std::size_t at) {
    ++at;
    if (at >= raw.size() || raw[at] != '[') return std::min(at + 1, raw.size());
    ++at;
    while (at < raw.size() && (raw[at] < '@' || raw[at] > '~'))
        ++at;
    return std::min(at + 1, raw.size());
}

/// The name of a host, and what a device in another mode puts behind it.
bool is_prompt_body(std::string_view body) {
    constexpr std::size_t longest = 80;
    return !body.empty() && body.size() <= longest && base::is_alphanumeric(body.front()) &&
           std::ranges::all_of(body, [](char c) {
               return base::is_alphanumeric(c) || std::string_view("._-@/:()+").contains(c);
           });
}

bool ends_prompt(std::string_view line) {
    return line.ends_with('#') || line.ends_with('>');
}

constexpr std::string_view more = "--More--";

// of a Catalyst, for each capture point, in the session that asked for the export
constexpr std::string_view export_ended = "Export completed for capture point";

}  // namespace

std::string rendered(std::string_view raw) {
    std::string shown;
    std::string line;
    std::size_t cursor = 0;
    const auto end_line = [&] {
        shown += line;
        shown += '\n';
        line.clear();
        cursor = 0;
    };
    for (std::size_t at = 0; at < raw.size();) {
        const char c = raw[at];
        if (c == escape) {
            at = behind_escape(raw, at);
            continue;
        }
        ++at;
        if (c == '\r') {
            while (at < raw.size() && raw[at] == '\r')
                ++at;
            if (at < raw.size() && raw[at] == '\n') ++at;
            end_line();
        } else if (c == '\n') {
            end_line();
        } else if (c == '\b') {
            if (cursor > 0) --cursor;
        } else if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') {
            if (cursor < line.size()) {
                line[cursor] = c;
            } else {
                line.push_back(c);
            }
            ++cursor;
        } else if (c == '\t') {
            line.resize(cursor);
            line.push_back(' ');
            ++cursor;
        }
    }
    return shown + line;
}

bool is_prompt(std::string_view line, std::string_view host) noexcept {
    if (!ends_prompt(line)) return false;
    const auto body = line.substr(0, line.size() - 1);
    if (body == host) return true;
    const auto open = body.rfind('(');
    if (!body.ends_with(')') || open == std::string_view::npos || open == 0) return false;
    return host.starts_with(body.substr(0, open));
}

Tail tail_of(std::string_view shown, std::string_view host) {
    bool is_logged_over = false;
    std::size_t end = shown.size();
    while (end > 0) {
        const auto begin = shown.rfind('\n', end - 1);
        const auto first = begin == std::string_view::npos ? 0 : begin + 1;
        // that an export has ended is told whenever it has, also behind a prompt
        auto line = shown.substr(first, end - first);
        if (const auto report = line.find(export_ended); report != std::string_view::npos) {
            line = line.substr(0, report);
            is_logged_over = true;
        }
        line = trimmed(line);
        if (!line.empty() && !is_log_line(line)) {
            Tail tail{.awaits = Awaits::nothing,
                      .is_logged_over = is_logged_over,
                      .line = std::string(line)};
            if (is_prompt(line, host)) {
                tail.awaits = Awaits::command;
            } else if (line.ends_with(more)) {
                tail.awaits = Awaits::more;
            } else if (line.ends_with("[confirm]")) {
                tail.awaits = Awaits::confirm;
            } else if (line.ends_with("assword:")) {
                tail.awaits = Awaits::password;
            } else if (line.ends_with("]?") || line.ends_with("[yes/no]:") ||
                       line.ends_with("[y/n]") || line.ends_with("[y/n]:")) {
                tail.awaits = Awaits::question;
            }
            return tail;
        }
        // a line that is not ended yet is nothing that a device logged after it had asked
        is_logged_over = is_logged_over || first < shown.size();
        if (begin == std::string_view::npos) break;
        end = begin;
    }
    return {};
}

std::string prompt_candidate(std::string_view shown) {
    const auto begin = shown.rfind('\n');
    const auto line = trimmed(begin == std::string_view::npos ? shown : shown.substr(begin + 1));
    const bool is_one = ends_prompt(line) && is_prompt_body(line.substr(0, line.size() - 1));
    return is_one ? std::string(line) : std::string();
}

bool is_known_question(std::string_view line) noexcept {
    constexpr auto known = std::to_array<std::string_view>(
        {"is already attached to the capture", "already set, replace", "already been associated",
         "already specified, replace", "already exists, overwrite", "captured data will be deleted",
         "replace with specified filter"});
    const auto lowered = base::lower(line);
    return std::ranges::any_of(known,
                               [&](std::string_view words) { return lowered.contains(words); });
}

bool has_echo(std::string_view shown, std::string_view command) noexcept {
    return shown.contains(command);
}

std::string answer_in(std::string_view shown, std::string_view command, std::string_view host) {
    std::string answer;
    const auto echo = shown.find(command);
    if (echo != std::string_view::npos) {
        // what the device reports when it wants to comes in front of the echo
        const auto before = shown.substr(0, echo);
        if (before.contains("Export completed")) answer = std::string(before) + '\n';
        const auto end = shown.find('\n', echo);
        shown = end == std::string_view::npos ? std::string_view() : shown.substr(end + 1);
    }
    auto lines = base::split(shown, '\n');
    const auto is_last = [&](std::string_view line) {
        return trimmed(line).empty() || is_log_line(trimmed(line));
    };
    while (!lines.empty() && is_last(lines.back()))
        lines.pop_back();
    if (!lines.empty() && is_prompt(trimmed(lines.back()), host)) lines.pop_back();
    for (const auto line : lines) {
        if (trimmed(line) == more) continue;
        answer.append(line);
        answer.push_back('\n');
    }
    return answer;
}

}  // namespace xpc::capture::ios_xe
