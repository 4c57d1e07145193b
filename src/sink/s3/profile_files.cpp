#include "sink/s3/profile_files.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/home_folder.hpp"
#include "base/text.hpp"

namespace xpc::sink::s3 {
namespace {

std::string home(const Environment& variables) {
    const std::string given = variables("HOME").value_or("");
    return given.empty() ? base::home_folder().string() : given;
}

bool is_of_name(char c) {
    return base::is_alphanumeric(c) || c == '_';
}

/// The name of the variable at the begin of `rest`, which is behind a "$", and how many characters
/// of `rest` that takes; an empty name is none.
std::pair<std::string_view, std::size_t> variable_at(std::string_view rest) {
    if (rest.starts_with('{')) {
        const auto end = rest.find('}');
        if (end == std::string_view::npos) return {};
        return {rest.substr(1, end - 1), end + 1};
    }
    const auto* const end = std::ranges::find_if_not(rest, is_of_name);
    const auto length = static_cast<std::size_t>(std::distance(rest.begin(), end));
    return {rest.substr(0, length), length};
}

/// Source: Python, os.path.expandvars().
std::string with_variables(std::string_view path, const Environment& variables) {
    std::string whole;
    while (!path.empty()) {
        const auto sign = path.find('$');
        whole += path.substr(0, sign);
        if (sign == std::string_view::npos) break;
        path.remove_prefix(sign + 1);
        const auto [name, length] = variable_at(path);
        const auto value = name.empty() ? std::nullopt : variables(std::string(name));
        if (!value) {
            whole += '$';
            continue;
        }
        whole += *value;
        path.remove_prefix(length);
    }
    return whole;
}

std::string expanded(std::string_view given, const Environment& variables) {
    std::string path = with_variables(given, variables);
    const bool is_at_home = path == "~" || path.starts_with("~/");
    return is_at_home ? home(variables) + path.substr(1) : path;
}

Profile settings_in(const Profiles& profiles, const std::string& name) {
    const auto found = profiles.find(name);
    return found == profiles.end() ? Profile() : found->second;
}

}  // namespace

ProfileFiles profile_files(const Environment& variables) {
    const auto path = [&](const char* variable, const char* usual) {
        const std::string given = variables(variable).value_or("");
        return expanded(given.empty() ? usual : given, variables);
    };
    return {.credentials = path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
            .config = path("AWS_CONFIG_FILE", "~/.aws/config")};
}

std::string chosen_profile(const Environment& variables) {
    std::string chosen = variables("AWS_PROFILE").value_or("");
    return chosen.empty() ? variables("AWS_DEFAULT_PROFILE").value_or("") : chosen;
}

Profiles read_profiles(const ProfileFiles& files, ProfileFile file) {
    std::ifstream stream(files.path(file));
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    return profiles_of(content, file);
}

KnownProfiles::KnownProfiles(const ProfileFiles& files)
    : credentials_(read_profiles(files, ProfileFile::credentials)),
      config_(read_profiles(files, ProfileFile::config)) {}

std::optional<Profile> KnownProfiles::find(const std::string& name) const {
    if (!credentials_.contains(name) && !config_.contains(name)) return std::nullopt;
    Profile both = settings_in(credentials_, name);
    both.merge(settings_in(config_, name));
    return both;
}

Profile KnownProfiles::in(ProfileFile file, const std::string& name) const {
    return settings_in(file == ProfileFile::credentials ? credentials_ : config_, name);
}

}  // namespace xpc::sink::s3
