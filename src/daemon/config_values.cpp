#include "daemon/config_values.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"

namespace xpc::daemon {

using base::parse_decimal;
using base::text;

std::string set_truth(bool& out, const std::string& value) {
    if (value != "true" && value != "false") {
        return text("must be true or false, and is ", base::quoted(value));
    }
    out = value == "true";
    return {};
}

std::string set_number(std::uint64_t& out, const std::string& value, std::uint64_t least,
                       std::uint64_t most) {
    const auto number = parse_decimal<std::uint64_t>(value);
    if (!number || *number < least || *number > most) {
        return text("must be a number from ", least, " to ", most, ", and is ",
                    base::quoted(value));
    }
    out = *number;
    return {};
}

std::string set_size(std::uint64_t& out, const std::string& value, std::uint64_t least,
                     std::uint64_t most) {
    const auto bytes = base::parse_size(value);
    if (!bytes) return text("must be a size such as \"64 MiB\", and is ", base::quoted(value));
    if (*bytes < least || *bytes > most) {
        return text("must be from ", least, " to ", most, " bytes, and is ", base::quoted(value));
    }
    out = *bytes;
    return {};
}

std::string set_longest(std::chrono::milliseconds& out, const std::string& value) {
    const auto parsed = base::parse_duration(value);
    if (!parsed) return parsed.error().message;
    if (*parsed < std::chrono::seconds(1))
        return text("must be at least 1 s, and is ", base::quoted(value));
    out = *parsed;
    return {};
}

std::vector<std::string> words_of(const std::string& value) {
    std::vector<std::string> words;
    for (const std::string_view word : base::split(value, ',')) {
        if (!base::trimmed(word).empty()) words.emplace_back(base::trimmed(word));
    }
    return words;
}

std::string set_words(std::vector<std::string>& out, const std::string& value) {
    out = words_of(value);
    return out.empty() ? "is empty: leave it out where there is no limit" : std::string();
}

}  // namespace xpc::daemon
