#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xpc::base {

namespace detail {

inline void append(std::string& out, std::string_view piece) {
    out.append(piece);
}

inline void append(std::string& out, char piece) {
    out.push_back(piece);
}

template <std::integral T>
    requires(!std::same_as<T, char> && !std::same_as<T, bool>)
void append(std::string& out, T number) {
    out.append(std::to_string(number));
}

}  // namespace detail

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Of ASCII, whatever the locale.
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[nodiscard]] constexpr bool is_alphanumeric(char c) noexcept {
    return is_letter(c) || is_digit(c);
}

/// Whether a character of UTF-8 goes on with this byte (RFC 3629, 3).
[[nodiscard]] constexpr bool continues_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The pieces (strings, characters, integers) one after the other.
template <typename... Pieces>
[[nodiscard]] std::string text(const Pieces&... pieces) {
    std::string out;
    (detail::append(out, pieces), ...);
    return out;
}

/// The whole of `digits` as a decimal number; nothing when it is empty, has anything but digits
/// (a sign, a space), or does not fit.
template <std::unsigned_integral T>
[[nodiscard]] std::optional<T> parse_decimal(std::string_view digits) {
    T value{};
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value);
    if (digits.empty() || error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

/// "64 MiB", "64MiB", "65536" in bytes; units kB, MB, GB, TB and KiB, MiB, GiB, TiB. Nothing for
/// what is none, or does not fit.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view raw);

/// Well-formed UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view raw) noexcept;

/// Likewise, without control characters.
[[nodiscard]] bool is_plain_text(std::string_view raw) noexcept;

/// `raw` between quotes, with control characters, quotes, backslashes and bytes that are no valid
/// UTF-8 escaped, cut after 120 bytes: how text from outside is shown in messages and logs.
[[nodiscard]] std::string quoted(std::string_view raw);

[[nodiscard]] std::string hex(std::string_view bytes);

/// RFC 3986 percent-encoding in upper-case hex; unreserved characters stay, `keep` stays too.
[[nodiscard]] std::string percent_encoded(std::string_view raw, std::string_view keep = {});

/// Nothing where a percent sign is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view raw);

/// Lifetime: the pieces borrow from `whole`.
[[nodiscard]] std::vector<std::string_view> split(std::string_view whole, char separator);

template <std::same_as<std::string> Temporary>
std::vector<std::string_view> split(Temporary&& whole, char separator) = delete;

/// The pieces with `separator` between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& pieces,
                                 std::string_view separator);

[[nodiscard]] std::string_view trimmed(std::string_view raw);

// of ASCII letters
[[nodiscard]] std::string lower(std::string_view raw);
[[nodiscard]] std::string upper(std::string_view raw);

/// "1.2 MB", "340 B": decimal units, for people.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

/// "1,234,567", for people.
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace xpc::base
