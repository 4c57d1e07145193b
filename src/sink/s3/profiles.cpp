#include "sink/s3/profiles.hpp"

#include <optional>

#include "base/text.hpp"

namespace xpc::sink::s3 {
namespace {

using base::trimmed;

/// The profile that a section's head names; nothing for one of another kind (sso-session,
/// services).
std::optional<std::string> profile_name(std::string_view head, bool is_config) {
    constexpr std::string_view prefix = "profile";
    const std::string_view name = trimmed(head);
    if (!is_config) return std::string(name);
    if (name == "default") return std::string(name);
    if (!name.starts_with(prefix)) return std::nullopt;
    const std::string_view rest = name.substr(prefix.size());
    if (rest.empty() || (rest.front() != ' ' && rest.front() != '\t')) return std::nullopt;
    return std::string(trimmed(rest));
}

/// A comment begins behind white space.
std::string_view without_comment(std::string_view value) {
    for (const std::string_view mark : {" #", " ;", "\t#", "\t;"}) {
        value = value.substr(0, value.find(mark));
    }
    return trimmed(value);
}

}  // namespace

void add_profiles(Profiles& profiles, std::string_view text, bool is_config) {
    Profile* current = nullptr;
    for (const std::string_view line : base::split(text, '\n')) {
        const bool is_nested = line.starts_with(' ') || line.starts_with('\t');
        const std::string_view content = trimmed(line);
        if (content.empty() || content.starts_with('#') || content.starts_with(';')) continue;
        if (content.starts_with('[')) {
            const auto end = content.find(']');
            const auto name = end == std::string_view::npos
                                  ? std::nullopt
                                  : profile_name(content.substr(1, end - 1), is_config);
            current = name ? &profiles[*name] : nullptr;
            continue;
        }
        const auto equals = content.find('=');
        // what is indented belongs to the setting before it, such as those of "s3 ="
        if (current == nullptr || is_nested || equals == std::string_view::npos) continue;
        current->emplace(base::lower(trimmed(content.substr(0, equals))),
                         without_comment(content.substr(equals + 1)));
    }
}

std::string setting(const Profile& profile, std::string_view name) {
    const auto found = profile.find(name);
    return found == profile.end() ? std::string() : found->second;
}

}  // namespace xpc::sink::s3
