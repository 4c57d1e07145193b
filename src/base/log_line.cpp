#include "base/log_line.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/json.hpp"
#include "base/text.hpp"

namespace xpc::base::log {
namespace {

template <class... Ts>
struct Cases : Ts... {
    using Ts::operator()...;
};

bool is_plain(char c) {
    constexpr std::string_view plain = "-._:/@+,%[]{}*";
    return is_alphanumeric(c) || plain.contains(c);
}

/// The whole of it.
std::string words_of(const Field& field) {
    return std::visit(Cases{[](const std::string& words) { return words; },
                            [](auto number) { return std::to_string(number); }},
                      field.value);
}

Json json_of_text(const std::string& words) {
    if (is_utf8(words)) return words;
    Json::Array bytes;
    for (const char c : words)
        bytes.emplace_back(std::int64_t{static_cast<unsigned char>(c)});
    return bytes;
}

Json json_of(const Field& field) {
    return std::visit(Cases{[](const std::string& words) { return json_of_text(words); },
                            [](auto number) { return Json(number); }},
                      field.value);
}

/// What a severity is called.
struct Level {
    std::string_view word;
    std::string_view priority;  ///< of syslog(3)
};

Level level_of(Severity severity) {
    switch (severity) {
        case Severity::debug:
            return {.word = "debug", .priority = "7"};
        case Severity::info:
            return {.word = "info", .priority = "6"};
        case Severity::warning:
            return {.word = "warning", .priority = "4"};
        case Severity::error:
            return {.word = "error", .priority = "3"};
    }
    std::unreachable();
}

/// A value with a line feed is preceded by its length: 64 bits, the lowest byte first.
void add_to_entry(std::string& entry, std::string_view name, std::string_view value) {
    entry += name;
    if (!value.contains('\n')) {
        entry += '=';
    } else {
        entry += '\n';
        for (unsigned shift = 0; shift < 64; shift += 8)
            entry += static_cast<char>(static_cast<unsigned char>(value.size() >> shift));
    }
    entry += value;
    entry += '\n';
}

}  // namespace

std::string text_line(std::string_view id, Fields fields) {
    std::string line(id);
    for (const Field& field : fields) {
        const std::string words = words_of(field);
        const bool plain = !words.empty() && std::ranges::all_of(words, is_plain);
        line += text(' ', field.name, '=', plain ? words : quoted(words));
    }
    return line;
}

std::string json_line(WallTime when, Severity severity, std::string_view id, Fields fields) {
    Json::Object members{{.name = "time", .value = rfc3339(when)},
                         {.name = "level", .value = level_of(severity).word},
                         {.name = "event", .value = id}};
    for (const Field& field : fields)
        members.push_back({.name = std::string(field.name), .value = json_of(field)});
    return Json(std::move(members)).dump_ascii();
}

std::string journal_entry(Severity severity, std::string_view id, Fields fields) {
    std::string entry;
    add_to_entry(entry, "MESSAGE", text_line(id, fields));
    add_to_entry(entry, "PRIORITY", level_of(severity).priority);
    add_to_entry(entry, "SYSLOG_IDENTIFIER", "xepacketcap");
    add_to_entry(entry, "XPC_EVENT", id);
    for (const Field& field : fields)
        add_to_entry(entry, text("XPC_", upper(field.name)), words_of(field));
    return entry;
}

}  // namespace xpc::base::log
