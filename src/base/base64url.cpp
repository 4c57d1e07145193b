#include "base/base64url.hpp"

#include <cstddef>
#include <cstdint>

namespace xpc::base {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr unsigned digit_bits = 6;
constexpr unsigned byte_bits = 8;

}  // namespace

std::string base64url(std::string_view bytes) {
    std::string words;
    std::uint32_t held = 0;
    unsigned bits = 0;
    const auto put = [&] { words += alphabet[(held >> bits) & 0x3FU]; };
    for (const char byte : bytes) {
        held = (held << byte_bits) | static_cast<unsigned char>(byte);
        bits += byte_bits;
        while (bits >= digit_bits) {
            bits -= digit_bits;
            put();
        }
    }
    if (bits > 0) {
        held <<= digit_bits - bits;
        bits = 0;
        put();
    }
    return words;
}

std::optional<std::string> from_base64url(std::string_view words) {
    std::string bytes;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char word : words) {
        const auto value = alphabet.find(word);
        if (value == std::string_view::npos) return std::nullopt;
        held = (held << digit_bits) | static_cast<std::uint32_t>(value);
        bits += digit_bits;
        if (bits < byte_bits) continue;
        bits -= byte_bits;
        bytes += static_cast<char>((held >> bits) & 0xFFU);
    }
    // one text for one value: a digit too many, or bits that say nothing, are not ours
    if (base64url(bytes) != words) return std::nullopt;
    return bytes;
}

}  // namespace xpc::base
