#include "sink/s3/profiles.hpp"

#include <string_view>
#include <utility>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

Profile default_of(std::string_view text) {
    return profiles_of(text, ProfileFile::credentials)["default"];
}

TEST_CASE("profiles are called by their section's name, and in config by what is behind a word") {
    auto credentials = profiles_of(
        "# a comment\n; another\n[default]\naws_access_key_id = AKID\r\n"
        "aws_secret_access_key = a=b/c+d\n\n[work] # says who\nAWS_Access_Key_ID=W\n[broken\n"
        "role_arn = none\n",
        ProfileFile::credentials);
    CHECK(setting(credentials["default"], "aws_access_key_id") == "AKID");
    CHECK(setting(credentials["default"], "aws_secret_access_key") == "a=b/c+d");
    CHECK(setting(credentials["work"], "aws_access_key_id") == "W");
    CHECK(setting(credentials["work"], "role_arn").empty());

    auto config = profiles_of(
        "before = any section\n[default]\nregion = a\n[profile work]\nregion = b\n"
        "[work]\nregion = no profile by that name here\n[sso-session x]\nregion = y\n"
        "[profile  spaced name ]\nregion = c\n[profile \"my prof\"]\nregion = d\n"
        "[profile 'it''s']\nregion = e\n[profile a\\ b]\nregion = f\n[profile \"open]\nregion=g\n"
        "[profile \"a \\\"b\\\" \\c\"]\nregion = h\n[profiles x]\nregion = "
        "i\n[profile]\nregion=j\n",
        ProfileFile::config);
    for (const auto& [name, region] :
         {std::pair("default", "a"), std::pair("work", "b"), std::pair("spaced name", "c"),
          std::pair("my prof", "d"), std::pair("its", "e"), std::pair("a b", "f"),
          std::pair("a \"b\" \\c", "h")}) {
        CAPTURE(name);
        CHECK(setting(config[name], "region") == region);
    }
    CHECK(config.size() == 7);
}

TEST_CASE("the first setting of a section may be indented, and what is deeper belongs to it") {
    for (const char* const text :
         {"[default]\n  a = 1\n  b = 2\n", "[default]\n\ta = 1\n\tb = 2\n",
          "[default]\n    a = 1\n  b = 2\n", "  [default]\n  a = 1\n  b = 2\n",
          "\xEF\xBB\xBF[default]\na: 1\nb:2\n", "[default]\na = 1\n# deeper\n\nb = 2",
          "[default]\ns3 =\n  a = 3\n  b = 4\na = 1\nb = 2\n",
          "[default]\n  s3 =\n    a = 3\n\n    b = 4\n  a = 1\n  b = 2\n",
          "[default]\n  says nothing\n    a = 1\n    b = 2\n"}) {
        CAPTURE(text);
        const auto profile = default_of(text);
        CHECK(setting(profile, "a") == "1");
        CHECK(setting(profile, "b") == "2");
        CHECK(profile.size() == 2);
    }
}

TEST_CASE("a value goes on with the lines that are deeper, and has no comment behind it") {
    for (const auto& [text, value] :
         {std::pair("[default]\na = sh\n  -c 'x = y'\n # no part of it\n\n   [z]\n",
                    "sh -c 'x = y' [z]"),
          std::pair("[default]\na = echo '; # '\n", "echo '; # '"),
          std::pair("[default]\na = AK # mine\n", "AK # mine"),
          std::pair("[default]\na = 1\n  2\na = 3\n  4\n", "1 2"),
          std::pair("[default]\na =\nb = 1\n", "")}) {
        CAPTURE(text);
        CHECK(setting(default_of(text), "a") == value);
    }
}

TEST_CASE("[profile default] counts, and not [default], in whatever order they come") {
    for (const char* const text : {"[default]\na = 1\nb = 1\n[profile default]\na = 2\n",
                                   "[profile default]\na = 2\n[default]\na = 1\nb = 1\n"}) {
        CAPTURE(text);
        const auto profile = profiles_of(text, ProfileFile::config)["default"];
        CHECK(setting(profile, "a") == "2");
        CHECK(setting(profile, "b").empty());
    }
}

}  // namespace
}  // namespace xpc::sink::s3
