#pragma once

#include <map>
#include <string>
#include <string_view>

namespace xpc::sink::s3 {

/// The settings of one profile.
using Profile = std::map<std::string, std::string, std::less<>>;

/// Profiles by name, of ~/.aws/config and ~/.aws/credentials together.
using Profiles = std::map<std::string, Profile, std::less<>>;

/// Adds what the text of a file says to `profiles`; what is there already goes before it, so that
/// the file `credentials` is to be read first. Lines that say nothing are passed over, as the AWS
/// SDKs do. `is_config`: a section is "[profile NAME]", or "[default]"; else "[NAME]".
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files", "Format".
void add_profiles(Profiles& profiles, std::string_view text, bool is_config);

/// The value, or "".
[[nodiscard]] std::string setting(const Profile& profile, std::string_view name);

}  // namespace xpc::sink::s3
