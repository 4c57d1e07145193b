#include "sink/s3/key_source.hpp"

#include <map>
#include <string>

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
            return found == given.end() ? std::nullopt : std::optional(found->second);
        },
        {.region = "eu-west-1", .ca_file = {}, .may_ask_instance = may_ask_instance});
}

std::string name_of(const Given& given, bool may_ask_instance = false) {
    const auto source = source_of(given, may_ask_instance);
    if (!source) return "refused: " + source.error().message;
    return *source ? (*source)->name() : "none";
}

TEST_CASE("the first source that is configured is the one, in the order of the AWS SDKs") {
    const tests::ScratchFolder folder;
    const Given files{
        {"AWS_SHARED_CREDENTIALS_FILE",
         folder.file("credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=S\n")
             .string()},
        {"AWS_CONFIG_FILE",
         folder
             .file("config",
                   "[profile p]\ncredential_process = true\n[profile role]\nrole_arn=arn:r\n"
                   "source_profile=default\n[profile a]\nrole_arn=x\nsource_profile=b\n"
                   "[profile b]\nrole_arn=y\nsource_profile=a\n[profile sso]\nsso_session=s\n"
                   "[profile half]\naws_access_key_id=A\n[profile mfa]\nrole_arn=x\nmfa_serial=1\n"
                   "[profile web]\nrole_arn=arn:w\nweb_identity_token_file=/t\n"
                   "[profile alone]\nrole_arn=x\n[profile empty]\nregion=x\n")
             .string()}};
    const auto with = [&files](Given more) {
        more.insert(files.begin(), files.end());
        return more;
    };
    CHECK(name_of({}) == "none");
    CHECK(name_of({}, true) == "instance metadata");
    CHECK(name_of({{"AWS_EC2_METADATA_DISABLED", "true"}}, true) == "none");
    CHECK(name_of({{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "S"}}) ==
          "AWS_ACCESS_KEY_ID");
    CHECK(name_of(files) == "profile \"default\"");
    CHECK(name_of(with({{"AWS_PROFILE", "p"}})) == "profile \"p\": its credential_process");
    CHECK(name_of(with({{"AWS_PROFILE", "role"}})) == "role arn:r by profile \"default\"");
    CHECK(name_of(with({{"AWS_PROFILE", "web"}})) == "role arn:w by web identity");
    CHECK(name_of(with({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", "arn:e"}})) ==
          "role arn:e by web identity");
    CHECK(name_of({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}) == "container credentials");
    CHECK(name_of(with({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}})) ==
          "profile \"default\"");
    CHECK(name_of(with(
              {{"AWS_PROFILE", "empty"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://h/x"}})) ==
          "container credentials");
    for (const auto& [profile, words] :
         {std::pair("no-such", "in neither"), std::pair("half", "only"),
          std::pair("a", "in a circle"), std::pair("sso", "single sign-on"),
          std::pair("mfa", "mfa_serial"), std::pair("alone", "no source_profile")}) {
        CAPTURE(profile);
        CHECK(name_of(with({{"AWS_PROFILE", profile}})).contains(words));
    }
    CHECK(name_of({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/x"}})
              .contains("neither https"));
    CHECK(name_of({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}).contains("AWS_ROLE_ARN"));
}

TEST_CASE("a credential process is asked, and what goes wrong with it is told") {
    const tests::ScratchFolder folder;
    const auto keys_of = [&folder](const std::string& command) {
        const auto config =
            folder.file("config", "[default]\ncredential_process = " + command + "\n").string();
        const auto source = source_of({{"AWS_CONFIG_FILE", config}});
        return (*source)->fetch(base::Stop(), base::in(5s));
    };
    const auto keys = keys_of(R"(printf '{"AccessKeyId":"A","SecretAccessKey":"S"}')");
    CHECK(keys.credentials.secret_key == "S");
    for (const auto& [command, words] :
         {std::pair("false", "exited with 1"), std::pair("kill -9 $$", "signal 9"),
          std::pair("echo no", "no JSON"), std::pair("yes", "64 KiB"),
          std::pair("no-such-program-here 2>/dev/null", "exited with 127")}) {
        CAPTURE(command);
        CHECK_THROWS_WITH_AS(static_cast<void>(keys_of(command)), doctest::Contains(words),
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
