#include "cli/printable.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace xpc::cli {
namespace {

unsigned byte_of(char c) {
    return static_cast<unsigned char>(c);
}

struct Character {
    char32_t code = 0;
    std::size_t bytes = 0;  ///< 0: what comes next is no UTF-8
};

/// The first character of `rest`, which is not empty (RFC 3629).
Character first_of(std::string_view rest) {
    const unsigned lead = byte_of(rest[0]);
    if (lead < 0x80) return {.code = lead, .bytes = 1};
    const std::size_t bytes = 2U + (lead >= 0xE0 ? 1U : 0U) + (lead >= 0xF0 ? 1U : 0U);
    if (lead < 0xC2 || lead > 0xF4 || rest.size() < bytes) return {};
    if (!std::ranges::all_of(rest.substr(1, bytes - 1), base::continues_character)) return {};
    char32_t code = lead & (0x7FU >> bytes);
    for (const char c : rest.substr(1, bytes - 1))
        code = (code << 6U) | (byte_of(c) & 0x3FU);
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < smallest.at(bytes) || code > 0x10FFFF || surrogate) return {};
    return {.code = code, .bytes = bytes};
}

/// Control characters, line separators, and the marks of Unicode's bidirectional algorithm, with
/// which a line can be made to read as another one.
bool misleads(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C ||
           (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

std::string hex4(char32_t code) {
    const std::array raw{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    return base::hex({raw.data(), raw.size()});
}

}  // namespace

std::string printable(std::string_view raw) {
    std::string out;
    while (!raw.empty()) {
        const Character next = first_of(raw);
        const std::size_t bytes = std::max<std::size_t>(next.bytes, 1);
        if (next.bytes > 0 && !misleads(next.code)) {
            out += raw.substr(0, bytes);
        } else {
            for (const char c : raw.substr(0, bytes))
                out += base::text("\\x", base::hex({&c, 1}));
        }
        raw.remove_prefix(bytes);
    }
    return out;
}

std::string printable_lines(std::string_view raw) {
    std::string out;
    for (const std::string_view line : base::split(raw, '\n'))
        out += base::text(printable(line), '\n');
    out.pop_back();  // what stands behind the last one is no line
    return out;
}

std::string printable_json(std::string_view json) {
    std::string out;
    while (!json.empty()) {
        const Character next = first_of(json);
        const std::size_t bytes = std::max<std::size_t>(next.bytes, 1);
        // such characters stand only within strings, but for the line breaks between members
        if (next.bytes > 0 && json[0] != '\n' && misleads(next.code)) {
            out += base::text("\\u", hex4(next.code));
        } else {
            out += json.substr(0, bytes);
        }
        json.remove_prefix(bytes);
    }
    return out;
}

std::size_t columns(std::string_view text) {
    return text.size() -
           static_cast<std::size_t>(std::ranges::count_if(text, base::continues_character));
}

std::string cut(std::string_view text, std::size_t width) {
    if (columns(text) <= width) return std::string(text);
    const std::string_view mark = std::string_view("..").substr(0, width);
    std::size_t end = 0;
    for (std::size_t left = width - mark.size(); left > 0; --left) {
        ++end;
        while (end < text.size() && base::continues_character(text[end]))
            ++end;
    }
    return base::text(text.substr(0, end), mark);
}

std::string shell_word(std::string_view raw) {
    const auto is_plain = [](char c) {
        constexpr std::string_view plain = "-._:/@+,%=";
        return base::is_alphanumeric(c) || plain.contains(c);
    };
    std::string word = printable(raw);
    if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

}  // namespace xpc::cli
