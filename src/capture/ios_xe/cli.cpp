#include "capture/ios_xe/cli.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::capture::ios_xe {

std::vector<std::string> typed_lines(const Batch& batch) {
    std::vector<std::string> lines;
    bool in_config = false;
    const auto turn_to = [&](bool config) {
        if (config != in_config) lines.emplace_back(config ? "configure terminal" : "end");
        in_config = config;
    };
    for (const Line& line : batch) {
        turn_to(line.is_config);
        lines.push_back(line.text);
    }
    turn_to(false);
    return lines;
}

bool is_typable(std::string_view line) noexcept {
    constexpr std::size_t longest = 250;  // IOS takes 254 characters
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '?' && c != ';'; };
    return !line.empty() && line.size() <= longest && std::ranges::all_of(line, is_plain) &&
           std::ranges::count(line, '|') <= 1;
}

base::Result<std::vector<std::string>> checked_lines(const Batch& batch) {
    auto lines = typed_lines(batch);
    const auto odd = std::ranges::find_if_not(lines, is_typable);
    if (odd == lines.end()) return lines;
    return base::refuse(base::Errc::internal, base::text("not to be typed: ", base::quoted(*odd)));
}

}  // namespace xpc::capture::ios_xe
