#pragma once

#include <map>
#include <string>
#include <string_view>

namespace xpc::sink::s3 {

/// The settings of one profile, by their names in lower case.
using Profile = std::map<std::string, std::string, std::less<>>;

/// Profiles by name.
using Profiles = std::map<std::string, Profile, std::less<>>;

/// How a file calls a profile: "[NAME]", or "[profile NAME]", with NAME as a shell quotes it, and
/// "[default]".
enum class ProfileFile { credentials, config };

/// What the text of a file says, read as botocore does (Python's configparser): a line that is
/// indented deeper than the setting before it goes on with that, whatever it looks like; comments
/// are lines of their own; a setting of settings, such as "s3 =", is left out. Lines that say
/// nothing are passed over. Of two settings of a name the first one counts; "[profile default]"
/// counts, and not "[default]", where there are both.
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files"; botocore,
///         configloader.py.
[[nodiscard]] Profiles profiles_of(std::string_view text, ProfileFile file);

/// The value, or "".
[[nodiscard]] std::string setting(const Profile& profile, std::string_view name);

}  // namespace xpc::sink::s3
