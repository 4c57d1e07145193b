#pragma once

#include <string>
#include <string_view>

#include "sink/s3/profiles.hpp"
#include "sink/s3_options.hpp"

namespace xpc::sink::s3 {

/// What the chosen profile of ~/.aws says of S3 besides the keys.
/// Source: AWS SDKs and Tools Reference Guide, "Settings reference", "Service-specific endpoints".
struct ProfileSettings {
    std::string name;
    Profile own;       ///< "region", "endpoint_url", …
    Profile s3;        ///< what is below its "s3 ="
    Profile services;  ///< what is below "s3 =" in the section that its "services" names
};

/// Of the profile that is chosen, or "default". Files that are not there say nothing.
[[nodiscard]] ProfileSettings profile_settings(const Environment& environment);

/// The settings that are indented below "NAME =" in the section "[KIND SECTION]" of a file.
[[nodiscard]] Profile nested_settings(std::string_view file, std::string_view kind,
                                      std::string_view section, std::string_view name);

}  // namespace xpc::sink::s3
