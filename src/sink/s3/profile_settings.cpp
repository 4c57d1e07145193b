#include "sink/s3/profile_settings.hpp"

#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "sink/s3/profile_files.hpp"

namespace xpc::sink::s3 {
namespace {

using base::trimmed;

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view unquoted(std::string_view word) {
    const bool is_quoted = word.size() > 1 && (word.front() == '"' || word.front() == '\'') &&
                           word.back() == word.front();
    return is_quoted ? word.substr(1, word.size() - 2) : word;
}

/// Whether a line such as "[profile work]" begins that section.
bool begins(std::string_view line, std::string_view kind, std::string_view section) {
    const std::string_view head = trimmed(line.substr(1, line.find(']') - 1));
    if (kind == "profile" && section == "default" && head == section) return true;
    return head.starts_with(kind) && head.size() > kind.size() &&
           (head[kind.size()] == ' ' || head[kind.size()] == '\t') &&
           unquoted(trimmed(head.substr(kind.size()))) == section;
}

}  // namespace

Profile nested_settings(std::string_view file, std::string_view kind, std::string_view section,
                        std::string_view name) {
    Profile found;
    bool is_in_section = false;
    bool is_below_name = false;
    std::size_t indent_of_name = 0;
    for (const std::string_view line : base::split(file, '\n')) {
        const std::string_view content = trimmed(line);
        if (content.empty() || content.starts_with('#') || content.starts_with(';')) continue;
        if (content.starts_with('[')) {
            is_in_section = begins(content, kind, section);
            is_below_name = false;
            continue;
        }
        const auto equals = content.find('=');
        if (!is_in_section || equals == std::string_view::npos) continue;
        const std::string key = base::lower(trimmed(content.substr(0, equals)));
        const std::string_view value = trimmed(content.substr(equals + 1));
        const std::size_t indent = line.find_first_not_of(" \t");
        if (is_below_name && indent > indent_of_name) {
            found.emplace(key, trimmed(value.substr(0, value.find(" #"))));
            continue;
        }
        is_below_name = key == name && value.empty();
        indent_of_name = indent;
    }
    return found;
}

ProfileSettings profile_settings(const Environment& environment) {
    const ProfileFiles files = profile_files(environment);
    ProfileSettings settings;
    settings.name = chosen_profile(environment);
    if (settings.name.empty()) settings.name = "default";
    settings.own = KnownProfiles(files).find(settings.name).value_or(Profile());
    const std::string config = content_of(files.config);
    settings.s3 = nested_settings(config, "profile", settings.name, "s3");
    if (const auto services = setting(settings.own, "services"); !services.empty()) {
        settings.services = nested_settings(config, "services", services, "s3");
    }
    return settings;
}

}  // namespace xpc::sink::s3
