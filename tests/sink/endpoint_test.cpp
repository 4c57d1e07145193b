#include "sink/s3/endpoint.hpp"

#include <string_view>

#include <doctest/doctest.h>

namespace xpc::sink::s3 {
namespace {

TEST_CASE("a bucket is addressed in both styles") {
    struct Row {
        std::string_view endpoint;
        bool path_style;
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
        CAPTURE(row.path_style);
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
