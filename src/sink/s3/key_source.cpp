#include "sink/s3/key_source.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/process.hpp"
#include "base/text.hpp"
#include "sink/s3/endpoint.hpp"
#include "sink/s3/profiles.hpp"
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

std::string value_of(const Environment& variables, const char* name) {
    return variables(name).value_or("");
}

std::string without_slash(std::string endpoint) {
    while (endpoint.ends_with('/'))
        endpoint.pop_back();
    return endpoint;
}

class FixedKeys final : public KeySource {
public:
    FixedKeys(Credentials credentials, std::string name)
        : credentials_(std::move(credentials)), name_(std::move(name)) {}

    [[nodiscard]] Keys fetch(const base::Stop& /*stop*/, base::Deadline /*deadline*/) override {
        return {.credentials = credentials_, .expires = {}};
    }

    [[nodiscard]] std::string name() const override { return name_; }

private:
    Credentials credentials_;
    std::string name_;
};

struct ProfileFiles {
    std::string credentials;
    std::string config;
};

Profiles read_profiles(const ProfileFiles& files) {
    Profiles profiles;
    const auto add = [&profiles](const std::string& path, bool is_config) {
        std::ifstream file(path);
        const std::string content{std::istreambuf_iterator<char>(file), {}};
        add_profiles(profiles, content, is_config);
    };
    add(files.credentials, false);
    add(files.config, true);
    return profiles;
}

Credentials keys_of(const Profile& profile) {
    return {.access_key = setting(profile, "aws_access_key_id"),
            .secret_key = setting(profile, "aws_secret_access_key"),
            .session_token = setting(profile, "aws_session_token")};
}

/// The files are read each time: other programs put new keys there.
class StoredKeys final : public KeySource {
public:
    StoredKeys(ProfileFiles files, std::string profile)
        : files_(std::move(files)), profile_(std::move(profile)) {}

    [[nodiscard]] Keys fetch(const base::Stop& /*stop*/, base::Deadline /*deadline*/) override {
        Credentials keys = keys_of(read_profiles(files_)[profile_]);
        if (!keys.access_key.empty() && !keys.secret_key.empty()) {
            return {.credentials = std::move(keys), .expires = {}};
        }
        throw Failure(Errc::config, name() + ": its keys are gone");
    }

    [[nodiscard]] std::string name() const override {
        return text("profile ", base::quoted(profile_));
    }

    void add_needs(KeyNeeds& needs) const override {
        needs.files.insert(needs.files.end(), {files_.credentials, files_.config});
    }

private:
    ProfileFiles files_;
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
        return keys_or_throw(keys_of_json(output), name_);
    }

    [[nodiscard]] std::string name() const override { return name_; }

    void add_needs(KeyNeeds& needs) const override { needs.runs_command = true; }

private:
    std::string command_;
    std::string name_;
};

/// Everything that sources are made of.
struct Surroundings {
    const Environment& variables;
    const KeySourceOptions& options;
    ProfileFiles files;
    Profiles profiles;

    [[nodiscard]] RoleOptions role(std::string role_arn, const std::string& session_name) const {
        std::string endpoint = value_of(variables, "AWS_ENDPOINT_URL_STS");
        if (endpoint.empty()) endpoint = value_of(variables, "AWS_ENDPOINT_URL");
        if (endpoint.empty())
            endpoint = text("https://sts.", options.region, '.', aws_domain(options.region));
        RoleOptions role{.endpoint = without_slash(std::move(endpoint)),
                         .region = options.region,
                         .ca_file = options.ca_file,
                         .role_arn = std::move(role_arn),
                         .external_id = {}};
        if (!session_name.empty()) role.session_name = session_name;
        return role;
    }
};

ProfileFiles profile_files(const Environment& variables) {
    const std::string home = value_of(variables, "HOME");
    const auto path = [&](const char* variable, const char* usual) {
        return variables(variable).value_or(home.empty() ? "" : home + usual);
    };
    return {.credentials = path("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials"),
            .config = path("AWS_CONFIG_FILE", "/.aws/config")};
}

[[nodiscard]] base::Result<Source> of_profile(const Surroundings& around, const std::string& name,
                                              unsigned depth);

/// The keys that a profile's role is taken on with.
[[nodiscard]] base::Result<Source> of_role(const Surroundings& around, const std::string& name,
                                           const Profile& profile, unsigned depth) {
    const std::string what = text("profile ", base::quoted(name));
    auto role = around.role(setting(profile, "role_arn"), setting(profile, "role_session_name"));
    role.external_id = setting(profile, "external_id");
    if (const auto file = setting(profile, "web_identity_token_file"); !file.empty()) {
        return std::make_unique<WebIdentity>(std::move(role), file);
    }
    if (!setting(profile, "mfa_serial").empty()) {
        return refuse(Errc::config,
                      what +
                          ": its role asks for a code (mfa_serial): nobody is here "
                          "to type it",
                      name);
    }
    const std::string by = setting(profile, "source_profile");
    if (by.empty()) {
        return refuse(Errc::config, what + ": has role_arn, and no source_profile", name);
    }
    constexpr unsigned longest_chain = 8;
    if (depth >= longest_chain) {
        return refuse(Errc::config, what + ": its source_profile leads round in a circle", name);
    }
    // a profile that names itself means its own keys
    Surroundings without_role{around.variables, around.options, around.files, around.profiles};
    if (by == name) without_role.profiles[name].erase("role_arn");
    auto source = of_profile(by == name ? without_role : around, by, depth + 1);
    if (!source) return source;
    return std::make_unique<AssumedRole>(std::move(role), std::move(*source));
}

[[nodiscard]] base::Result<Source> of_profile(const Surroundings& around, const std::string& name,
                                              unsigned depth) {
    const std::string what = text("profile ", base::quoted(name));
    const auto found = around.profiles.find(name);
    if (found == around.profiles.end()) {
        return refuse(Errc::config, what + ": is in neither of the files of ~/.aws", name);
    }
    const Profile& profile = found->second;
    if (!setting(profile, "role_arn").empty()) return of_role(around, name, profile, depth);
    const Credentials keys = keys_of(profile);
    if (!keys.access_key.empty() && !keys.secret_key.empty()) {
        return std::make_unique<StoredKeys>(around.files, name);
    }
    if (!keys.access_key.empty() || !keys.secret_key.empty()) {
        return refuse(Errc::config,
                      what + ": has one of aws_access_key_id and aws_secret_access_key only", name);
    }
    if (auto command = setting(profile, "credential_process"); !command.empty()) {
        return std::make_unique<ProcessKeys>(std::move(command), what + ": its credential_process");
    }
    if (!setting(profile, "sso_session").empty() || !setting(profile, "sso_start_url").empty()) {
        return refuse(Errc::config,
                      what +
                          ": single sign-on is not supported; its "
                          "credential_process may be \"aws configure "
                          "export-credentials\"",
                      name);
    }
    return Source();
}

[[nodiscard]] base::Result<Source> of_container(const Environment& variables) {
    // AWS SDKs and Tools Reference Guide, "Container credential provider"
    constexpr const char* full_variable = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    constexpr auto plain_hosts = std::to_array<std::string_view>(
        {"127.", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"});
    const std::string relative = value_of(variables, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    std::string url = value_of(variables, full_variable);
    if (!relative.empty()) url = "http://169.254.170.2" + relative;
    if (url.empty()) return Source();
    constexpr std::string_view plain = "http://";
    const bool is_near =
        url.starts_with(plain) && std::ranges::any_of(plain_hosts, [&](std::string_view host) {
            return std::string_view(url).substr(plain.size()).starts_with(host);
        });
    if (!is_near && !url.starts_with("https://")) {
        return refuse(
            Errc::config,
            text(full_variable, ": ", base::quoted(url), " is neither https nor on this machine"),
            full_variable);
    }
    return std::make_unique<ContainerKeys>(
        std::move(url), value_of(variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        value_of(variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
}

}  // namespace

std::unique_ptr<KeySource> fixed_source(Credentials credentials, std::string name) {
    return std::make_unique<FixedKeys>(std::move(credentials), std::move(name));
}

base::Result<std::unique_ptr<KeySource>> key_source(const Environment& variables,
                                                    const KeySourceOptions& options) {
    Credentials keys{.access_key = value_of(variables, "AWS_ACCESS_KEY_ID"),
                     .secret_key = value_of(variables, "AWS_SECRET_ACCESS_KEY"),
                     .session_token = value_of(variables, "AWS_SESSION_TOKEN")};
    if (!keys.access_key.empty() && !keys.secret_key.empty()) {
        return fixed_source(std::move(keys), "AWS_ACCESS_KEY_ID");
    }
    const ProfileFiles files = profile_files(variables);
    const Surroundings around{variables, options, files, read_profiles(files)};
    const std::string token_file = value_of(variables, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const std::string role_arn = value_of(variables, "AWS_ROLE_ARN");
    if (!token_file.empty() && role_arn.empty()) {
        return refuse(Errc::config, "AWS_ROLE_ARN: not set, while AWS_WEB_IDENTITY_TOKEN_FILE is",
                      "AWS_ROLE_ARN");
    }
    if (!token_file.empty()) {
        return std::make_unique<WebIdentity>(
            around.role(role_arn, value_of(variables, "AWS_ROLE_SESSION_NAME")), token_file);
    }
    const std::string chosen = value_of(variables, "AWS_PROFILE");
    const std::string profile = chosen.empty() ? "default" : chosen;
    if (!chosen.empty() || around.profiles.contains(profile)) {
        auto source = of_profile(around, profile, 0);
        if (!source || *source) return source;
    }
    if (auto source = of_container(variables); !source || *source) return source;
    const bool is_disabled =
        base::lower(value_of(variables, "AWS_EC2_METADATA_DISABLED")) == "true";
    std::string endpoint = value_of(variables, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (is_disabled || (endpoint.empty() && !options.may_ask_instance)) return Source();
    if (endpoint.empty()) endpoint = "http://169.254.169.254";
    return std::make_unique<InstanceKeys>(without_slash(std::move(endpoint)));
}

}  // namespace xpc::sink::s3
