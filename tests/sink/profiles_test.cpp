#include "sink/s3/profiles.hpp"

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

TEST_CASE("profiles are read from both files, and the one of keys goes first") {
    Profiles profiles;
    add_profiles(
        profiles,
        "[default]\naws_access_key_id = AKID\r\n aws_secret_access_key=ignored, it is indented\n"
        "aws_secret_access_key = a=b/c+d # a comment\n\n[work]\nAWS_Access_Key_ID=W\n",
        false);
    add_profiles(
        profiles,
        "# a comment\n; another\n[default]\nregion = eu-west-1\naws_access_key_id = other\n"
        "[profile work]\nrole_arn = arn:aws:iam::1:role/r\ns3 =\n  addressing_style = path\n"
        "[work]\nregion = no profile by that name here\n[sso-session x]\nsso_region = y\n"
        "[profile  spaced name ]\nregion=z\n[profile broken\nregion = none\n",
        true);
    CHECK(setting(profiles["default"], "aws_access_key_id") == "AKID");
    CHECK(setting(profiles["default"], "aws_secret_access_key") == "a=b/c+d");
    CHECK(setting(profiles["default"], "region") == "eu-west-1");
    CHECK(setting(profiles["work"], "aws_access_key_id") == "W");
    CHECK(setting(profiles["work"], "role_arn") == "arn:aws:iam::1:role/r");
    CHECK(setting(profiles["work"], "region").empty());
    CHECK(setting(profiles["work"], "addressing_style").empty());
    CHECK(setting(profiles["spaced name"], "region") == "z");
    CHECK_FALSE(profiles.contains("x"));
    CHECK_FALSE(profiles.contains("broken"));
}

}  // namespace
}  // namespace xpc::sink::s3
