#pragma once

#include <optional>
#include <string>

#include "sink/s3/profiles.hpp"
#include "sink/s3_options.hpp"

namespace xpc::sink::s3 {

/// Where profiles are.
struct ProfileFiles {
    std::string credentials;
    std::string config;

    [[nodiscard]] const std::string& path(ProfileFile file) const noexcept {
        return file == ProfileFile::credentials ? credentials : config;
    }
};

/// AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE, or the files of ~/.aws. As botocore does, "~"
/// at the begin of them is HOME, or the home of our user where that is not set, and "$NAME" and
/// "${NAME}" are variables; one that is not set stays as it is.
[[nodiscard]] ProfileFiles profile_files(const Environment& variables);

/// AWS_PROFILE, or AWS_DEFAULT_PROFILE, or "".
[[nodiscard]] std::string chosen_profile(const Environment& variables);

/// What the file says now; nothing where it can not be read.
[[nodiscard]] Profiles read_profiles(const ProfileFiles& files, ProfileFile file);

/// What both files say.
class KnownProfiles {
public:
    explicit KnownProfiles(const ProfileFiles& files);

    /// The settings of both, where those of `credentials` go before the others. Keys are not to be
    /// taken from here: the one may be of one file, and the other of the other.
    [[nodiscard]] std::optional<Profile> find(const std::string& name) const;

    /// Those of one file; empty where it does not know the profile.
    [[nodiscard]] Profile in(ProfileFile file, const std::string& name) const;

private:
    Profiles credentials_;
    Profiles config_;
};

}  // namespace xpc::sink::s3
