#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

namespace xpc::base {
namespace {

constexpr std::string_view upper_hex = "0123456789ABCDEF";
constexpr std::string_view lower_hex = "0123456789abcdef";

bool is_unreserved(char c) {  // RFC 3986, 2.3
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

unsigned byte_of(char c) {
    return static_cast<unsigned char>(c);
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
    return std::nullopt;
}

/// How long a UTF-8 sequence is that begins with this byte, or 0 (RFC 3629, section 4).
std::size_t utf8_length(unsigned first) {
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return 2;
    if (first < 0xF0) return 3;
    return first < 0xF5 ? 4 : 0;
}

/// Overlong forms, surrogates and what lies above U+10FFFF (RFC 3629, section 4).
bool is_forbidden(unsigned first, unsigned second) {
    return (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
           (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
}

/// Length of the well-formed UTF-8 sequence at the start of `rest`, or 0.
std::size_t utf8_sequence(std::string_view rest) {
    const std::size_t length = utf8_length(byte_of(rest[0]));
    if (length < 2) return length;
    if (rest.size() < length || is_forbidden(byte_of(rest[0]), byte_of(rest[1]))) return 0;
    return std::ranges::all_of(rest.substr(1, length - 1), continues_character) ? length : 0;
}

/// C0, DEL, and C1 as UTF-8.
bool is_control(std::string_view sequence) {
    const unsigned first = byte_of(sequence[0]);
    return first < 0x20 || first == 0x7F ||
           (sequence.size() == 2 && first == 0xC2 && byte_of(sequence[1]) < 0xA0);
}

struct SizeUnit {
    std::string_view word;
    std::uint64_t bytes;
};

constexpr auto size_units = std::to_array<SizeUnit>({{"", 1},
                                                     {"kB", 1'000},
                                                     {"MB", 1'000'000},
                                                     {"GB", 1'000'000'000},
                                                     {"TB", 1'000'000'000'000},
                                                     {"KiB", std::uint64_t{1} << 10U},
                                                     {"MiB", std::uint64_t{1} << 20U},
                                                     {"GiB", std::uint64_t{1} << 30U},
                                                     {"TiB", std::uint64_t{1} << 40U}});

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view raw) {
    const auto end = std::min(raw.find_first_not_of("0123456789"), raw.size());
    const auto count = parse_decimal<std::uint64_t>(raw.substr(0, end));
    const std::string_view word = trimmed(raw.substr(end));
    const auto* const unit = std::ranges::find(size_units, word, &SizeUnit::word);
    if (!count || unit == size_units.end()) return std::nullopt;
    if (*count > std::numeric_limits<std::uint64_t>::max() / unit->bytes) return std::nullopt;
    return *count * unit->bytes;
}

bool is_utf8(std::string_view raw) noexcept {
    while (!raw.empty()) {
        const std::size_t length = utf8_sequence(raw);
        if (length == 0) return false;
        raw.remove_prefix(length);
    }
    return true;
}

bool is_plain_text(std::string_view raw) noexcept {
    while (!raw.empty()) {
        const std::size_t length = utf8_sequence(raw);
        if (length == 0 || is_control(raw.substr(0, length))) return false;
        raw.remove_prefix(length);
    }
    return true;
}

std::string quoted(std::string_view raw) {
    constexpr std::size_t longest = 120;
    std::string out = "\"";
    while (!raw.empty() && out.size() <= longest) {
        const char c = raw.front();
        const std::size_t length = utf8_sequence(raw);
        const bool printable = length > 0 && !is_control(raw.substr(0, length));
        if (!printable) {
            out += "\\x";
            out += lower_hex[byte_of(c) >> 4U];
            out += lower_hex[byte_of(c) & 15U];
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out.append(raw.substr(0, length));
        }
        raw.remove_prefix(printable ? length : 1);
    }
    return out + (raw.empty() ? "\"" : "…\"");
}

std::string hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += lower_hex[byte_of(c) >> 4U];
        out += lower_hex[byte_of(c) & 15U];
    }
    return out;
}

std::string percent_encoded(std::string_view raw, std::string_view keep) {
    std::string out;
    for (const char c : raw) {
        if (is_unreserved(c) || keep.contains(c)) {
            out += c;
        } else {
            out += '%';
            out += upper_hex[byte_of(c) >> 4U];
            out += upper_hex[byte_of(c) & 15U];
        }
    }
    return out;
}

std::optional<std::string> percent_decoded(std::string_view raw) {
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            out += raw[i];
            continue;
        }
        if (raw.size() - i < 3) return std::nullopt;
        const auto high = hex_digit(raw[i + 1]);
        const auto low = hex_digit(raw[i + 2]);
        if (!high || !low) return std::nullopt;
        out += static_cast<char>((*high << 4U) | *low);
        i += 2;
    }
    return out;
}

std::vector<std::string_view> split(std::string_view whole, char separator) {
    std::vector<std::string_view> pieces;
    for (;;) {
        const auto at = whole.find(separator);
        pieces.push_back(whole.substr(0, at));
        if (at == std::string_view::npos) return pieces;
        whole.remove_prefix(at + 1);
    }
}

std::string joined(const std::vector<std::string>& pieces, std::string_view separator) {
    std::string out;
    for (const std::string& piece : pieces) {
        if (&piece != &pieces.front()) out += separator;
        out += piece;
    }
    return out;
}

std::string_view trimmed(std::string_view raw) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = raw.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return raw.substr(first, raw.find_last_not_of(blank) - first + 1);
}

std::string lower(std::string_view raw) {
    std::string out(raw);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return out;
}

std::string upper(std::string_view raw) {
    std::string out(raw);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return out;
}

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array units{"kB", "MB", "GB", "TB", "PB"};
    if (bytes < 1000) return text(bytes, " B");
    auto value = static_cast<double>(bytes) / 1000.0;
    std::size_t unit = 0;
    while (value >= 999.95 && unit + 1 < units.size()) {
        value /= 1000.0;
        ++unit;
    }
    std::array<char, 32> out{};
    const int length = std::snprintf(out.data(), out.size(), "%.1f %s", value, units[unit]);
    return {out.data(), static_cast<std::size_t>(length)};
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, 1, ',');
    return digits;
}

}  // namespace xpc::base
