#include "capture/ios_xe/names.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::is_alphanumeric;
using base::is_digit;
using base::is_letter;

/// "1", "1/0/24", "0/0/1.4094".
bool is_number(std::string_view text) {
    const auto is_digits = [](std::string_view part) {
        return !part.empty() && std::ranges::all_of(part, is_digit);
    };
    const auto point = text.find('.');
    if (point != std::string_view::npos && !is_digits(text.substr(point + 1))) return false;
    return std::ranges::all_of(base::split(text.substr(0, point), '/'), is_digits);
}

bool is_interface(std::string_view name) {
    constexpr std::size_t longest = 48;
    if (name.size() > longest) return false;
    // the kind, such as "Port-channel", "Dot11Radio", perhaps a space, and the number
    const auto number = name.find_last_not_of("0123456789/.") + 1;
    auto kind = name.substr(0, number);
    if (kind.ends_with(' ')) kind.remove_suffix(1);
    return !kind.empty() && is_letter(kind.front()) && is_letter(kind.back()) &&
           std::ranges::all_of(kind, [](char c) { return is_alphanumeric(c) || c == '-'; }) &&
           is_number(name.substr(number));
}

}  // namespace

bool is_capture_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 8;
    return !name.empty() && name.size() <= longest && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '_'; });
}

bool is_ours(std::string_view name, std::string_view mark) noexcept {
    return name.size() == mark.size() + name_digits && name.starts_with(mark) &&
           std::ranges::all_of(name.substr(mark.size()), is_digit);
}

std::string file_name(std::string_view capture) {
    return base::text(capture, ".pcap");
}

bool is_place(std::string_view place) noexcept {
    constexpr std::size_t longest = 100;
    const auto colon = place.find(':');
    if (colon == 0 || colon == std::string_view::npos || place.size() > longest) return false;
    const auto device = place.substr(0, colon);
    const auto folder = place.substr(colon + 1);
    const auto is_word = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; };
    return std::ranges::all_of(device, is_word) && !folder.contains("..") &&
           !folder.starts_with("//") && (folder.empty() || folder.ends_with('/')) &&
           std::ranges::all_of(folder, [&](char c) { return is_word(c) || c == '/' || c == '.'; });
}

base::Result<void> check_interface(std::string_view name) {
    if (name == control_plane || is_interface(name)) return {};
    return base::refuse(base::Errc::invalid_value,
                        base::text("interface ", base::quoted(name),
                                   ": is no name of an interface of IOS-XE, such as "
                                   "\"GigabitEthernet1\" or \"Gi1/0/1\""),
                        "interface");
}

}  // namespace xpc::capture::ios_xe
