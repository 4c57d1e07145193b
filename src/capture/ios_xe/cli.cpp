#include "capture/ios_xe/cli.hpp"

#include <algorithm>

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

}  // namespace xpc::capture::ios_xe
