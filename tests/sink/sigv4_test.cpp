#include "sink/s3/sigv4.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view empty_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)",
// Examples
const Credentials documented{.access_key = "AKIAIOSFODNN7EXAMPLE",
                             .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                             .session_token = {}};
const SigningScope documented_scope{
    .region = "us-east-1",
    .service = "s3",
    .when = base::WallTime(std::chrono::sys_days(std::chrono::year(2013) / 5 / 24))};

std::string authorization(const Unsigned& request) {
    for (const auto& [name, value] : request.headers) {
        if (name == "Authorization") return value;
    }
    return {};
}

Unsigned documented_request(std::string path, Fields query = {}, Fields headers = {}) {
    headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
    return {.method = "GET",
            .path = std::move(path),
            .query = std::move(query),
            .headers = std::move(headers),
            .payload_hash = std::string(empty_hash)};
}

TEST_CASE("requests are signed as AWS's examples for S3 are") {
    Unsigned put = documented_request(
        "/test%24file.text", {},
        {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}});
    put.method = "PUT";
    put.payload_hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";

    struct Row {
        std::string_view name;
        Unsigned request;
        std::string_view signed_names;
        std::string_view signature;
    };

    const Row rows[] = {
        {"GET Object", documented_request("/test.txt", {}, {{"Range", "bytes=0-9"}}),
         "host;range;x-amz-content-sha256;x-amz-date",
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {"PUT Object", put, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {"GET Bucket Lifecycle", documented_request("/", {{"lifecycle", ""}}),
         "host;x-amz-content-sha256;x-amz-date",
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {"List Objects", documented_request("/", {{"prefix", "J"}, {"max-keys", "2"}}),
         "host;x-amz-content-sha256;x-amz-date",
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Unsigned request = row.request;
        sign(request, documented, documented_scope);
        CHECK(authorization(request) ==
              "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
              "aws4_request, SignedHeaders=" +
                  std::string(row.signed_names) + ", Signature=" + std::string(row.signature));
    }
}

TEST_CASE("a URL is presigned as AWS's example is") {
    const auto query = presigned_query("GET", "examplebucket.s3.amazonaws.com", "/test.txt",
                                       documented, documented_scope, 86400s);
    CHECK(query ==
          "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
          "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
          "X-Amz-SignedHeaders=host&X-Amz-Signature="
          "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_CASE("AWS's general test suite agrees") {
    // aws-sig-v4-test-suite: get-vanilla, get-vanilla-query-order-key-case
    const Credentials credentials{.access_key = "AKIDEXAMPLE",
                                  .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                  .session_token = {}};
    const auto day = std::chrono::sys_days(std::chrono::year(2015) / 8 / 30);
    const SigningScope scope{
        .region = "us-east-1", .service = "service", .when = base::WallTime(day + 12h + 36min)};

    struct Row {
        std::string_view name;
        Fields query;
        std::string_view signature;
    };

    const Row rows[] = {
        {"get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"get-vanilla-query-order-key-case",
         {{"Param2", "value2"}, {"Param1", "value1"}},
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const Unsigned request{
            .method = "GET",
            .path = "/",
            .query = row.query,
            .headers = {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}},
            .payload_hash = std::string(empty_hash)};
        CHECK(signature(credentials, scope, string_to_sign(scope, canonical_request(request))) ==
              row.signature);
    }
}

TEST_CASE("a session token is sent, and signed") {
    Credentials temporary = documented;
    temporary.session_token = "AQoDYXdz+/=";
    Unsigned request = documented_request("/key");
    sign(request, temporary, documented_scope);
    CHECK(authorization(request).contains(
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
    const auto query = presigned_query("GET", "h", "/key", temporary, documented_scope, 600s);
    CHECK(query.contains("&X-Amz-Security-Token=AQoDYXdz%2B%2F%3D&"));
}

TEST_CASE("header names are signed in lower case and values with single spaces") {
    const Unsigned request{.method = "GET",
                           .path = "/",
                           .query = {},
                           .headers = {{"X-B", "  two   words "}, {"Host", "h"}},
                           .payload_hash = "p"};
    CHECK(canonical_request(request) == "GET\n/\n\nhost:h\nx-b:two words\n\nhost;x-b\np");
}

TEST_CASE("a query is encoded, then sorted") {
    CHECK(canonical_query({}).empty());
    CHECK(canonical_query({{"uploadId", "a/b+c d~e"}, {"partNumber", "1"}}) ==
          "partNumber=1&uploadId=a%2Fb%2Bc%20d~e");
    CHECK(canonical_query({{"a-", "1"}, {"a", "2"}, {"a", "1"}}) == "a=1&a=2&a-=1");
}

}  // namespace
}  // namespace xpc::sink::s3
