#include "sink/s3/profile_source.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/process.hpp"
#include "base/text.hpp"
#include "sink/s3/endpoint.hpp"
#include "sink/s3/machine_sources.hpp"
#include "sink/s3/profile_files.hpp"
#include "sink/s3/remote_keys.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::Failure;
using base::refuse;
using base::text;

using Source = std::unique_ptr<KeySource>;

// As long as a person needs to type a code into whatever the process asks for.
constexpr std::chrono::seconds process_patience{60};

std::string called(const std::string& profile) {
    return text("profile ", base::quoted(profile));
}

Credentials keys_of(const Profile& profile) {
    std::string token = setting(profile, "aws_security_token");
    if (token.empty()) token = setting(profile, "aws_session_token");
    return {.access_key = setting(profile, "aws_access_key_id"),
            .secret_key = setting(profile, "aws_secret_access_key"),
            .session_token = std::move(token)};
}

/// The file is read each time: other programs put new keys there.
class StoredKeys final : public KeySource {
public:
    StoredKeys(ProfileFiles files, ProfileFile file, std::string profile)
        : files_(std::move(files)), file_(file), profile_(std::move(profile)) {}

    [[nodiscard]] Keys fetch(const base::Stop& /*stop*/, base::Deadline /*deadline*/) override {
        Credentials keys = keys_of(read_profiles(files_, file_)[profile_]);
        if (!keys.access_key.empty() && !keys.secret_key.empty()) {
            return {.credentials = std::move(keys), .expires = {}};
        }
        throw Failure(Errc::config, name() + ": its keys are gone");
    }

    [[nodiscard]] std::string name() const override { return called(profile_); }

    void add_needs(KeyNeeds& needs) const override { needs.files.emplace_back(files_.path(file_)); }

private:
    ProfileFiles files_;
    ProfileFile file_;
    std::string profile_;
};

class ProcessKeys final : public KeySource {
public:
    ProcessKeys(std::string command, std::string name)
        : command_(std::move(command)), name_(std::move(name)) {}

    [[nodiscard]] Keys fetch(const base::Stop& stop, base::Deadline deadline) override {
        std::string output;
        try {
            output =
                base::output_of(command_, stop, std::min(deadline, base::in(process_patience)));
        } catch (const Failure& failed) {  // with whose process it is
            throw Failure(failed.error().errc, text(name_, ": ", failed.error().message));
        }
        return keys_or_throw(keys_of_process(output), name_);
    }

    [[nodiscard]] std::string name() const override { return name_; }

    void add_needs(KeyNeeds& needs) const override { needs.runs_command = true; }

private:
    std::string command_;
    std::string name_;
};

/// Everything that the sources of profiles are made of.
class Maker {
public:
    Maker(const Environment& variables, const KeySourceOptions& options)
        : variables_(variables),
          options_(options),
          files_(profile_files(variables)),
          profiles_(files_) {}

    [[nodiscard]] base::Result<Source> of_first(const std::string& name, bool is_asked_for) const;

private:
    /// What a web identity is made of: of a profile, or of variables.
    struct Identity {
        std::string token_file;
        std::string role_arn;
        std::string session_name;
        std::string missing;  ///< what to say, and of what, where there is no role
        std::string field;
    };

    [[nodiscard]] std::string value_of(const char* variable) const {
        return variables_(variable).value_or("");
    }

    [[nodiscard]] static Identity identity_of(const std::string& name, const Profile& profile);
    [[nodiscard]] Identity with_variables(Identity identity) const;
    [[nodiscard]] RoleOptions role(std::string role_arn, const std::string& session_name) const;
    [[nodiscard]] base::Result<Source> of_identity(Identity identity) const;
    [[nodiscard]] base::Result<Source> of_role(const std::string& name, const Profile& profile,
                                               unsigned depth) const;
    [[nodiscard]] base::Result<Source> of_caller(const std::string& name, const Profile& profile,
                                                 unsigned depth) const;
    [[nodiscard]] base::Result<Source> of_machine(const std::string& name,
                                                  const std::string& kind) const;
    [[nodiscard]] base::Result<Source> of_source_profile(const std::string& name,
                                                         unsigned depth) const;
    [[nodiscard]] base::Result<Source> of_keys(const std::string& name, ProfileFile file) const;
    [[nodiscard]] base::Result<Source> of_its_own(const std::string& name,
                                                  const Profile& profile) const;

    const Environment& variables_;
    const KeySourceOptions& options_;
    ProfileFiles files_;
    KnownProfiles profiles_;
};

bool takes_on_role(const Profile& profile) {
    return !setting(profile, "role_arn").empty() &&
           setting(profile, "web_identity_token_file").empty();
}

bool has_keys(const Profile& profile) {
    return profile.contains("aws_access_key_id") || profile.contains("aws_secret_access_key");
}

[[nodiscard]] base::Result<Source> not_there(const std::string& name) {
    return refuse(Errc::config, called(name) + ": is in neither of the files of ~/.aws", name);
}

base::Result<Source> Maker::of_first(const std::string& name, bool is_asked_for) const {
    const auto profile = profiles_.find(name);
    if (profile && takes_on_role(*profile)) return of_role(name, *profile, 0);
    const auto identity = with_variables(identity_of(name, profile.value_or(Profile())));
    if (auto source = of_identity(identity); !source || *source) return source;
    if (!profile && is_asked_for) return not_there(name);
    return profile ? of_its_own(name, *profile) : Source();
}

Maker::Identity Maker::identity_of(const std::string& name, const Profile& profile) {
    return {.token_file = setting(profile, "web_identity_token_file"),
            .role_arn = setting(profile, "role_arn"),
            .session_name = setting(profile, "role_session_name"),
            .missing = called(name) + ": has web_identity_token_file, and no role_arn",
            .field = name};
}

Maker::Identity Maker::with_variables(Identity identity) const {
    const auto replace = [this](std::string& value, const char* variable) {
        if (auto given = value_of(variable); !given.empty()) value = std::move(given);
    };
    replace(identity.role_arn, "AWS_ROLE_ARN");
    replace(identity.session_name, "AWS_ROLE_SESSION_NAME");
    if (value_of("AWS_WEB_IDENTITY_TOKEN_FILE").empty()) return identity;
    identity.token_file = value_of("AWS_WEB_IDENTITY_TOKEN_FILE");
    identity.missing = "AWS_ROLE_ARN: not set, while AWS_WEB_IDENTITY_TOKEN_FILE is";
    identity.field = "AWS_ROLE_ARN";
    return identity;
}

RoleOptions Maker::role(std::string role_arn, const std::string& session_name) const {
    std::string endpoint = value_of("AWS_ENDPOINT_URL_STS");
    if (endpoint.empty()) endpoint = value_of("AWS_ENDPOINT_URL");
    if (endpoint.empty())
        endpoint = text("https://sts.", options_.region, '.', aws_domain(options_.region));
    while (endpoint.ends_with('/'))
        endpoint.pop_back();
    RoleOptions role{.endpoint = std::move(endpoint),
                     .region = options_.region,
                     .ca_file = options_.ca_file,
                     .role_arn = std::move(role_arn),
                     .external_id = {}};
    if (!session_name.empty()) role.session_name = session_name;
    return role;
}

base::Result<Source> Maker::of_identity(Identity identity) const {
    if (identity.token_file.empty()) return Source();
    if (identity.role_arn.empty()) {
        return refuse(Errc::config, std::move(identity.missing), std::move(identity.field));
    }
    return std::make_unique<WebIdentity>(role(std::move(identity.role_arn), identity.session_name),
                                         std::move(identity.token_file));
}

base::Result<Source> Maker::of_role(const std::string& name, const Profile& profile,
                                    unsigned depth) const {
    if (!setting(profile, "mfa_serial").empty()) {
        return refuse(
            Errc::config,
            called(name) + ": its role asks for a code (mfa_serial): nobody is here to type it",
            name);
    }
    auto caller = of_caller(name, profile, depth);
    if (!caller) return caller;
    auto role_options = role(setting(profile, "role_arn"), setting(profile, "role_session_name"));
    role_options.external_id = setting(profile, "external_id");
    return std::make_unique<AssumedRole>(std::move(role_options), std::move(*caller));
}

/// The keys that a profile's role is taken on with.
base::Result<Source> Maker::of_caller(const std::string& name, const Profile& profile,
                                      unsigned depth) const {
    constexpr unsigned longest_chain = 8;
    const std::string by = setting(profile, "source_profile");
    const std::string kind = setting(profile, "credential_source");
    if (by.empty() && kind.empty()) {
        return refuse(Errc::config,
                      called(name) + ": has role_arn, and no source_profile or credential_source",
                      name);
    }
    if (!by.empty() && !kind.empty()) {
        return refuse(Errc::config,
                      called(name) + ": has both source_profile and credential_source", name);
    }
    if (!kind.empty()) return of_machine(name, kind);
    if (depth >= longest_chain) {
        return refuse(Errc::config, called(name) + ": its source_profile leads round in a circle",
                      name);
    }
    return of_source_profile(by, depth + 1);
}

base::Result<Source> Maker::of_machine(const std::string& name, const std::string& kind) const {
    base::Result<Source> source;
    if (kind == "Environment") {
        source = variables_source(variables_);
    } else if (kind == "EcsContainer") {
        source = container_source(variables_);
    } else if (kind == "Ec2InstanceMetadata") {
        source = instance_source(variables_);
    } else {
        return refuse(Errc::config,
                      text(called(name), ": credential_source ", base::quoted(kind),
                           "; must be Environment, EcsContainer or Ec2InstanceMetadata"),
                      name);
    }
    if (!source || *source) return source;
    return refuse(Errc::config,
                  text(called(name), ": its credential_source ", kind, " has no keys here"), name);
}

/// Keys of its own go before a role: a profile may name itself.
base::Result<Source> Maker::of_source_profile(const std::string& name, unsigned depth) const {
    const auto profile = profiles_.find(name);
    if (!profile) return not_there(name);
    if (!has_keys(*profile) && takes_on_role(*profile)) return of_role(name, *profile, depth);
    if (auto source = of_identity(identity_of(name, *profile)); !source || *source) return source;
    auto source = of_its_own(name, *profile);
    if (!source || *source) return source;
    return refuse(Errc::config, called(name) + ": a source_profile, and has no keys", name);
}

base::Result<Source> Maker::of_keys(const std::string& name, ProfileFile file) const {
    const Credentials keys = keys_of(profiles_.in(file, name));
    if (keys.access_key.empty()) return Source();
    if (keys.secret_key.empty()) {
        return refuse(Errc::config,
                      text(called(name), ": has aws_access_key_id only, and no ",
                           "aws_secret_access_key in the same file"),
                      name);
    }
    return std::make_unique<StoredKeys>(files_, file, name);
}

base::Result<Source> Maker::of_its_own(const std::string& name, const Profile& profile) const {
    if (auto keys = of_keys(name, ProfileFile::credentials); !keys || *keys) return keys;
    if (auto command = setting(profile, "credential_process"); !command.empty()) {
        return std::make_unique<ProcessKeys>(std::move(command),
                                             called(name) + ": its credential_process");
    }
    if (auto keys = of_keys(name, ProfileFile::config); !keys || *keys) return keys;
    if (!setting(profile, "sso_session").empty() || !setting(profile, "sso_start_url").empty()) {
        return refuse(Errc::config,
                      called(name) +
                          ": single sign-on is not supported; its credential_process may be "
                          "\"aws configure export-credentials\"",
                      name);
    }
    return Source();
}

}  // namespace

base::Result<Source> profile_source(const Environment& variables, const KeySourceOptions& options,
                                    const std::string& name, bool is_asked_for) {
    return Maker(variables, options).of_first(name, is_asked_for);
}

}  // namespace xpc::sink::s3
