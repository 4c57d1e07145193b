#include "sink/s3/key_reply.hpp"

#include <string>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

TEST_CASE("keys are read from what the sources answer") {
    const auto process = keys_of_json(
        R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T","Expiration":"2026-11-24T23:00:00Z"})");
    REQUIRE(process);
    CHECK(process->credentials.access_key == "A");
    CHECK(process->credentials.secret_key == "S");
    CHECK(process->credentials.session_token == "T");
    CHECK(process->expires == base::parse_rfc3339("2026-11-24T23:00:00Z"));
    const auto instance =
        keys_of_json(R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"S","Token":"T"})");
    REQUIRE(instance);
    CHECK(instance->credentials.session_token == "T");
    CHECK_FALSE(instance->expires);
    const auto role = keys_of_xml(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
        "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"
        "<SessionToken>T</SessionToken><Expiration>2026-11-24T23:00:00Z</Expiration></Credentials>"
        "</AssumeRoleResult></AssumeRoleResponse>");
    REQUIRE(role);
    CHECK(role->credentials.secret_key == "S");
    CHECK(role->expires);
}

TEST_CASE("a process says that its answer is of version 1, or is not understood") {
    const std::string keys = R"("AccessKeyId":"A","SecretAccessKey":"S"})";
    const auto process = keys_of_process(R"({"Version":1,)" + keys);
    REQUIRE(process);
    CHECK(process->credentials.access_key == "A");
    for (const char* const begin :
         {"{", R"({"Version":2,)", R"({"Version":"1",)", R"({"Version":null,)"}) {
        CAPTURE(begin);
        const auto refused = keys_of_process(begin + keys);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.contains("Version 1"));
    }
    CHECK_FALSE(keys_of_process("{}"));
}

TEST_CASE("an answer without keys is refused, and no secret is shown") {
    for (
        const char* const wrong :
        {"", "[]", "{}", R"({"AccessKeyId":"A"})", R"({"SecretAccessKey":"hidden"})",
         R"({"AccessKeyId":"A","SecretAccessKey":"hidden\n"})",
         R"({"AccessKeyId":"A","SecretAccessKey":"hidden","Expiration":"soon"})",
         R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no","AccessKeyId":"A","SecretAccessKey":"hidden"})"}) {
        CAPTURE(wrong);
        const auto keys = keys_of_json(wrong);
        REQUIRE_FALSE(keys);
        CHECK_FALSE(keys.error().message.contains("hidden"));
    }
    CHECK_FALSE(
        keys_of_xml("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"));
}

}  // namespace
}  // namespace xpc::sink::s3
