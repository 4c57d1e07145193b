#include "sink/s3/endpoint.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

TEST_CASE("a bucket is addressed in both styles") {
    struct Row {
        std::string_view endpoint;
        std::optional<bool> path_style;
        std::string_view origin;
        std::string_view host;
        std::string_view path_prefix;
    };

    const Row rows[] = {
        {"", false, "https://pcaps.s3.eu-west-1.amazonaws.com", "pcaps.s3.eu-west-1.amazonaws.com",
         ""},
        {"", true, "https://s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "/pcaps"},
        {"http://10.0.0.1:7480", true, "http://10.0.0.1:7480", "10.0.0.1:7480", "/pcaps"},
        {"http://s3.localhost:7480", false, "http://pcaps.s3.localhost:7480",
         "pcaps.s3.localhost:7480", ""},
        {"https://store", true, "https://store", "store", "/pcaps"},
        {"https://store:443", true, "https://store:443", "store", "/pcaps"},
        {"http://store:80", true, "http://store:80", "store", "/pcaps"},
        {"http://store:443", true, "http://store:443", "store:443", "/pcaps"},
        {"http://[::1]:9000", true, "http://[::1]:9000", "[::1]:9000", "/pcaps"},
        {"http://[::1]", true, "http://[::1]", "[::1]", "/pcaps"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.endpoint);
        CAPTURE(row.path_style.has_value());
        const auto address = bucket_address(row.endpoint, "eu-west-1", "pcaps", row.path_style);
        CHECK(address.origin == row.origin);
        CHECK(address.host == row.host);
        CHECK(address.path_prefix == row.path_prefix);
    }
}

TEST_CASE("Amazon's own endpoints are known") {
    for (const auto* const endpoint :
         {"", "https://s3.eu-west-1.amazonaws.com", "https://s3.eu-west-1.amazonaws.com:443",
          "https://s3.cn-north-1.amazonaws.com.cn"}) {
        CAPTURE(endpoint);
        CHECK(is_aws(endpoint));
    }
    for (const auto* const endpoint : {"http://127.0.0.1:7480", "https://amazonaws.com.example",
                                       "https://s3-amazonaws.com", "http://[::1]:9000"}) {
        CAPTURE(endpoint);
        CHECK_FALSE(is_aws(endpoint));
    }
}

TEST_CASE("where no style is given, the bucket is where the store and its certificate have it") {
    struct Row {
        std::string_view endpoint;
        std::string_view region;
        std::string_view bucket;
        std::optional<bool> path_style;
        std::string_view origin;
    };

    const Row rows[] = {
        {"", "us-east-1", "abc", {}, "https://abc.s3.us-east-1.amazonaws.com"},
        {"", "us-east-1", "my.captures", {}, "https://s3.us-east-1.amazonaws.com"},
        {"", "us-east-1", "my.captures", false, "https://my.captures.s3.us-east-1.amazonaws.com"},
        {"", "us-gov-west-1", "abc", {}, "https://abc.s3.us-gov-west-1.amazonaws.com"},
        {"", "cn-north-1", "abc", {}, "https://abc.s3.cn-north-1.amazonaws.com.cn"},
        {"", "us-iso-east-1", "abc", {}, "https://abc.s3.us-iso-east-1.c2s.ic.gov"},
        {"", "us-isob-east-1", "abc", {}, "https://abc.s3.us-isob-east-1.sc2s.sgov.gov"},
        {"https://s3.eu-west-1.amazonaws.com",
         "",
         "abc",
         {},
         "https://abc.s3.eu-west-1.amazonaws.com"},
        {"https://s3.eu-west-1.amazonaws.com", "", "a.b", {}, "https://s3.eu-west-1.amazonaws.com"},
        {"https://store.example", "", "abc", {}, "https://store.example"},
        {"https://notamazonaws.com", "", "abc", {}, "https://notamazonaws.com"},
        {"https://amazonaws.com.example", "", "abc", {}, "https://amazonaws.com.example"},
        {"https://store.example", "", "a.b", false, "https://a.b.store.example"},
        {"http://10.0.0.1:7480", "", "abc", false, "http://10.0.0.1:7480"},
        {"http://[::1]:7480", "", "abc", false, "http://[::1]:7480"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.origin);
        const auto address = bucket_address(row.endpoint, row.region, row.bucket, row.path_style);
        CHECK(address.origin == row.origin);
        CHECK(address.path_prefix.empty() ==
              address.origin.contains("//" + std::string(row.bucket)));
    }
}

TEST_CASE("AWS has other hosts for FIPS and for IPv6") {
    CHECK(aws_endpoint("us-east-1", {.fips = true}) == "https://s3-fips.us-east-1.amazonaws.com");
    CHECK(aws_endpoint("cn-north-1", {.dual_stack = true}) ==
          "https://s3.dualstack.cn-north-1.amazonaws.com.cn");
    CHECK(aws_endpoint("us-east-1", {.fips = true, .dual_stack = true}) ==
          "https://s3-fips.dualstack.us-east-1.amazonaws.com");
}

TEST_CASE("an endpoint is taken without its final slash, in lower case") {
    CHECK(checked_endpoint("HTTP://Store.Example:9000/").value() == "http://store.example:9000");
    CHECK(checked_endpoint("https://10.1.2.3").value() == "https://10.1.2.3");
    CHECK(checked_endpoint("http://[FE80::1]:80").value() == "http://[fe80::1]:80");
}

TEST_CASE("an endpoint that is more or less than scheme, host and port is refused") {
    struct Row {
        std::string_view endpoint;
        std::string_view why;
    };

    const Row rows[] = {
        {"", "must start with http:// or https://"},
        {"store:9000", "must start with http:// or https://"},
        {"ftp://store", "must start with http:// or https://"},
        {"http://", "has no valid host"},
        {"http://:9000", "has no valid host"},
        {"http:///", "has no valid host"},
        {"http://a b", "has no valid host"},
        {"http://st\xc3\xb6re", "has no valid host"},
        {"http://[::1", "has no valid host"},
        {"http://[zz]", "has no valid host"},
        {"http://a\r\nX: y", "has no valid"},
        {"http://store:", "has no valid port"},
        {"http://store:0", "has no valid port"},
        {"http://store:65536", "has no valid port"},
        {"http://store:9000x", "has no valid port"},
        {"http://store/path", "must not have a path"},
        {"http://store//", "must not have a path"},
        {"http://store?x=1", "must not have a query"},
        {"http://store#x", "must not have a fragment"},
        {"http://user:secret@store", "must not hold a user name or password"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.endpoint);
        const auto checked = checked_endpoint(row.endpoint);
        REQUIRE_FALSE(checked.has_value());
        CHECK(checked.error().errc == base::Errc::invalid_value);
        CHECK(checked.error().message.contains(row.why));
        CHECK_FALSE(checked.error().message.contains("secret"));
    }
}

}  // namespace
}  // namespace xpc::sink::s3
