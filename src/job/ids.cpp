#include "job/ids.hpp"

#include <array>
#include <cstring>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace xpc::job {

std::string make_uuid(base::WallTime now) {
    std::array<std::uint8_t, 16> bytes{};
    base::fill_random(bytes);
    const auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
    for (unsigned i = 0; i < 6; ++i) {
        bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8U * (5U - i)));
    }
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x70U);  // version 7
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);  // the RFC's variant
    std::string digits = base::hex(std::string_view(reinterpret_cast<char*>(bytes.data()), 16));
    for (const std::size_t dash : {20U, 16U, 12U, 8U})
        digits.insert(dash, 1, '-');
    return digits;
}

bool is_uuid(std::string_view text) noexcept {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (dash ? text[i] != '-' : !hex) return false;
    }
    return true;
}

std::int64_t random_number() {
    constexpr std::uint64_t numbers = largest_number - smallest_number + 1;
    std::array<std::uint8_t, 8> bytes{};
    base::fill_random(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return smallest_number + static_cast<std::int64_t>(value % numbers);
}

}  // namespace xpc::job
