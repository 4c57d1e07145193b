#include "sink/s3/key_source.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "support/scratch_folder.hpp"

namespace xpc::sink::s3 {
namespace {

using namespace std::chrono_literals;

using Given = std::map<std::string, std::string>;

[[nodiscard]] base::Result<std::unique_ptr<KeySource>> source_of(const Given& given,
                                                                 bool may_ask_instance = false) {
    return key_source(
        [&given](const std::string& name) {
            const auto found = given.find(name);
            if (found == given.end() && name == "HOME") return std::optional<std::string>("/none");
            return found == given.end() ? std::nullopt : std::optional(found->second);
        },
        {.region = "eu-west-1", .ca_file = {}, .may_ask_instance = may_ask_instance});
}

std::string name_of(const Given& given, bool may_ask_instance = false) {
    const auto source = source_of(given, may_ask_instance);
    if (!source) return "refused: " + source.error().message;
    return *source ? (*source)->name() : "none";
}

/// The keys that a source has without asking anybody, as "ACCESS SECRET TOKEN".
std::string keys_of(const Given& given) {
    const auto source = source_of(given);
    REQUIRE(source);
    REQUIRE(*source);
    const auto keys = (*source)->fetch(base::Stop(), base::in(5s)).credentials;
    return keys.access_key + ' ' + keys.secret_key + ' ' + keys.session_token;
}

/// Profiles in files, and what chooses one.
class Files {
public:
    Files(const std::string& credentials, const std::string& config)
        : given_{{"AWS_SHARED_CREDENTIALS_FILE", folder_.file("credentials", credentials).string()},
                 {"AWS_CONFIG_FILE", folder_.file("config", config).string()}} {}

    [[nodiscard]] Given with(Given more) const {
        more.insert(given_.begin(), given_.end());
        return more;
    }

    [[nodiscard]] std::string name_of(const std::string& profile) const {
        return s3::name_of(with({{"AWS_PROFILE", profile}}));
    }

private:
    tests::ScratchFolder folder_;
    Given given_;
};

TEST_CASE("the first source that is configured is the one, in the order of the AWS SDKs") {
    const Files files(
        "[default]\naws_access_key_id=A\naws_secret_access_key=S\n",
        "[profile p]\ncredential_process = true\n[profile role]\nrole_arn=arn:r\n"
        "source_profile=default\n[profile web]\nrole_arn=arn:w\nweb_identity_token_file=/t\n"
        "[profile empty]\nregion=x\n");
    const Given identity{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", "arn:e"}};
    const auto with_identity = [&](const std::string& profile) {
        Given given = files.with(identity);
        given["AWS_PROFILE"] = profile;
        return name_of(given);
    };
    CHECK(name_of({}) == "none");
    CHECK(name_of({}, true) == "instance metadata");
    CHECK(name_of({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://h"}}) == "instance metadata");
    CHECK(name_of({{"AWS_EC2_METADATA_DISABLED", "true"}}, true) == "none");
    CHECK(name_of({{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "S"}}) ==
          "AWS_ACCESS_KEY_ID");
    CHECK(name_of(files.with({{"AWS_SECRET_ACCESS_KEY", "S"}})) == "profile \"default\"");
    CHECK(name_of(files.with({})) == "profile \"default\"");
    CHECK(files.name_of("p") == "profile \"p\": its credential_process");
    CHECK(files.name_of("role") == "role arn:r by profile \"default\"");
    CHECK(files.name_of("web") == "role arn:w by web identity");
    CHECK(name_of(files.with({{"AWS_DEFAULT_PROFILE", "p"}})).contains("\"p\""));
    CHECK(name_of(files.with({{"AWS_DEFAULT_PROFILE", "no"}, {"AWS_PROFILE", "p"}}))
              .contains("\"p\""));
    CHECK(with_identity("") == "role arn:e by web identity");
    CHECK(with_identity("p") == "role arn:e by web identity");
    CHECK(with_identity("role") == "role arn:r by profile \"default\"");
    CHECK(name_of(files.with({{"AWS_PROFILE", "web"}, {"AWS_ROLE_ARN", "arn:e"}})) ==
          "role arn:e by web identity");
    CHECK(name_of({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}) == "container credentials");
    CHECK(name_of(files.with({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}})) ==
          "profile \"default\"");
    CHECK(name_of(files.with(
              {{"AWS_PROFILE", "empty"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://h/x"}})) ==
          "container credentials");
    CHECK(name_of({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}).contains("AWS_ROLE_ARN"));
    CHECK(name_of({{"AWS_ACCESS_KEY_ID", "A"}}).contains("AWS_SECRET_ACCESS_KEY: not set"));
    CHECK(name_of({{"AWS_ACCESS_KEY_ID", "A"},
                   {"AWS_SECRET_ACCESS_KEY", "S"},
                   {"AWS_SECURITY_TOKEN", "T\n"}})
              .contains("AWS_SECURITY_TOKEN: has control characters"));
}

TEST_CASE("a profile that can not work is refused, with why") {
    const Files files(
        "",
        "[profile a]\nrole_arn=x\nsource_profile=b\n"
        "[profile b]\nrole_arn=y\nsource_profile=a\n"
        "[profile self]\nrole_arn=y\nsource_profile=self\n"
        "[profile sso]\nsso_session=s\n[profile half]\naws_access_key_id=A\n"
        "[profile mfa]\nrole_arn=x\nmfa_serial=1\n[profile alone]\nrole_arn=x\n"
        "[profile both]\nrole_arn=x\nsource_profile=a\ncredential_source=Environment\n"
        "[profile strange]\nrole_arn=x\ncredential_source=Elsewhere\n"
        "[profile bare]\nrole_arn=x\ncredential_source=Environment\n"
        "[profile web]\nweb_identity_token_file=/t\n"
        "[profile lost]\nrole_arn=x\nsource_profile=no-such\n"
        "[profile keyless]\nrole_arn=x\nsource_profile=empty\n"
        "[profile empty]\nregion=x\n");
    for (const auto& [profile, words] :
         {std::pair("no-such", "in neither"), std::pair("half", "only"),
          std::pair("a", "in a circle"), std::pair("self", "in a circle"),
          std::pair("sso", "single sign-on"), std::pair("mfa", "mfa_serial"),
          std::pair("alone", "no source_profile"), std::pair("both", "has both"),
          std::pair("strange", "must be Environment"), std::pair("bare", "has no keys here"),
          std::pair("web", "no role_arn"), std::pair("lost", "\"no-such\": is in neither"),
          std::pair("keyless", "\"empty\": a source_profile, and has no keys")}) {
        CAPTURE(profile);
        CHECK(files.name_of(profile).starts_with("refused: "));
        CHECK(files.name_of(profile).contains(words));
    }
}

TEST_CASE("a role is taken on with a profile's keys, another role, or what the machine has") {
    const Files files("[keys]\naws_access_key_id=A\naws_secret_access_key=S\n",
                      "[profile keys]\nrole_arn=arn:k\nsource_profile=far\n"
                      "[profile one]\nrole_arn=arn:1\nsource_profile=keys\n"
                      "[profile two]\nrole_arn=arn:2\nsource_profile=process-role\n"
                      "[profile process-role]\nrole_arn=arn:p\nsource_profile=process\n"
                      "[profile process]\ncredential_process=true\n"
                      "[profile three]\nrole_arn=arn:3\nsource_profile=web\n"
                      "[profile web]\nrole_arn=arn:w\nweb_identity_token_file=/t\n"
                      "[profile self]\nrole_arn=arn:s\nsource_profile=self\n"
                      "aws_access_key_id=A\naws_secret_access_key=S\n"
                      "[profile ecs]\nrole_arn=arn:e\ncredential_source=EcsContainer\n"
                      "[profile ec2]\nrole_arn=arn:i\ncredential_source=Ec2InstanceMetadata\n");
    CHECK(files.name_of("one") == "role arn:1 by profile \"keys\"");
    CHECK(files.name_of("two") ==
          "role arn:2 by role arn:p by profile \"process\": its credential_process");
    CHECK(files.name_of("three") == "role arn:3 by role arn:w by web identity");
    CHECK(files.name_of("self") == "role arn:s by profile \"self\"");
    CHECK(files.name_of("ec2") == "role arn:i by instance metadata");
    CHECK(name_of(files.with({{"AWS_PROFILE", "ec2"}, {"AWS_EC2_METADATA_DISABLED", "true"}}))
              .contains("has no keys here"));
    CHECK(name_of(files.with(
              {{"AWS_PROFILE", "ecs"}, {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}})) ==
          "role arn:e by container credentials");
    CHECK(files.name_of("ecs").contains("EcsContainer has no keys here"));
}

TEST_CASE("keys and their token are those of one file, and a process goes before config") {
    constexpr const char* process =
        "credential_process = printf "
        "'{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"S\"}'\n";
    const std::string keys = "aws_access_key_id=A\naws_secret_access_key=S\n";
    const std::string others = "aws_access_key_id=B\naws_secret_access_key=T\n";
    CHECK(keys_of(Files("[default]\n" + keys, "[default]\naws_session_token=stale\n").with({})) ==
          "A S ");
    CHECK(keys_of(Files("[default]\n" + keys, "[default]\n" + others + process).with({})) ==
          "A S ");
    CHECK(keys_of(Files("", "[default]\n" + others + process).with({})) == "P S ");
    CHECK(keys_of(Files("", "[default]\n" + others + "aws_security_token=t\naws_session_token=u\n")
                      .with({})) == "B T t");
    CHECK(keys_of({{"AWS_ACCESS_KEY_ID", "A"},
                   {"AWS_SECRET_ACCESS_KEY", "S"},
                   {"AWS_SESSION_TOKEN", "u"}}) == "A S u");
    CHECK(keys_of({{"AWS_ACCESS_KEY_ID", "A"},
                   {"AWS_SECRET_ACCESS_KEY", "S"},
                   {"AWS_SECURITY_TOKEN", "t"},
                   {"AWS_SESSION_TOKEN", "u"}}) == "A S t");
    const Files halves("[default]\naws_access_key_id=A\n", "[default]\naws_secret_access_key=S\n");
    CHECK(name_of(halves.with({})).contains("in the same file"));
}

TEST_CASE("a container's token goes without TLS only to hosts that are this machine") {
    const auto source = [](const std::string& url) {
        return name_of({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}});
    };
    for (const char* const near :
         {"http://127.0.0.1/x", "http://127.1.2.3:80/x", "http://localhost", "http://LOCALHOST:1?x",
          "HTTP://localhost/x", "http://[::1]:8080/x", "http://169.254.170.2/x",
          "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials",
          "https://far.example/x"}) {
        CAPTURE(near);
        CHECK(source(near) == "container credentials");
    }
    for (const char* const far :
         {"http://example.com/x", "http://localhost.evil.example/x", "http://127.evil.example/x",
          "http://127.0.0.1.evil.example/x", "http://169.254.170.2.evil.example/x",
          "http://localhost@evil.example/x", "http://localhost:80@evil.example/x",
          "http://localhost\\@evil.example/x", "http://169.254.170.23x/", "http://[::1].example/",
          "http://[::1]x/", "http:///x", "ftp://localhost/x", "localhost/x"}) {
        CAPTURE(far);
        CHECK(source(far).contains("neither https nor on this machine"));
    }
}

TEST_CASE("the instance metadata are at an address of IPv6 where that is asked for") {
    const auto told = [](const char* mode) {
        return name_of({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", mode}}, true);
    };
    CHECK(told("IPv6") == "instance metadata");
    CHECK(told("ipv4") == "instance metadata");
    CHECK(told("IPv5").contains("must be IPv4 or IPv6"));
}

TEST_CASE("a credential process is asked, and what goes wrong with it is told") {
    const tests::ScratchFolder folder;
    const auto answer_of = [&folder](const std::string& command) {
        const auto config =
            folder.file("config", "[default]\ncredential_process = " + command + "\n").string();
        const auto source = source_of({{"AWS_CONFIG_FILE", config}});
        return (*source)->fetch(base::Stop(), base::in(5s));
    };
    const auto keys =
        answer_of(R"(printf '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"}')");
    CHECK(keys.credentials.secret_key == "S");
    for (const auto& [command, words] :
         {std::pair("false", "exited with 1"), std::pair("kill -9 $$", "signal 9"),
          std::pair("echo no", "no JSON"), std::pair("yes", "64 KiB"),
          std::pair("no-such-program-here 2>/dev/null", "exited with 127")}) {
        CAPTURE(command);
        CHECK_THROWS_WITH_AS(static_cast<void>(answer_of(command)), doctest::Contains(words),
                             base::Failure);
    }
}

TEST_CASE("a process that does not end is killed at the deadline and at a stop") {
    const tests::ScratchFolder folder;
    const auto config =
        folder.file("config", "[default]\ncredential_process = exec sleep 100\n").string();
    const auto source = source_of({{"AWS_CONFIG_FILE", config}});
    CHECK_THROWS_WITH_AS(static_cast<void>((*source)->fetch(base::Stop(), base::in(50ms))),
                         doctest::Contains("in time"), base::Failure);
    base::Stop stop;
    stop.request();
    CHECK_THROWS_WITH_AS(static_cast<void>((*source)->fetch(stop, base::never)),
                         doctest::Contains("cancelled"), base::Failure);
}

}  // namespace
}  // namespace xpc::sink::s3
