#include "base/network.hpp"

#include <doctest/doctest.h>

using namespace xpc::base;

TEST_CASE("a network has the addresses whose first bits it has, of its own family alone") {
    struct Row {
        const char* network;
        const char* address;
        bool contained;
    };

    for (const Row& row :
         {Row{"10.0.0.0/8", "10.255.0.1", true}, Row{"10.0.0.0/8", "11.0.0.1", false},
          Row{"10.0.0.0/8", "::ffff:10.0.0.1", true}, Row{"192.0.2.7", "192.0.2.7", true},
          Row{"192.0.2.7", "192.0.2.8", false}, Row{"0.0.0.0/0", "203.0.113.9", true},
          Row{"0.0.0.0/0", "2001:db8::1", false}, Row{"::/0", "2001:db8::1", true},
          Row{"2001:db8::/33", "2001:db8:7fff::1", true},
          Row{"2001:db8::/33", "2001:db8:8000::1", false},
          Row{"fe80::/10", "fe80::1%eth0", true}}) {
        CAPTURE(row.network);
        CAPTURE(row.address);
        const auto network = parse_network(row.network);
        const auto address = parse_ip(row.address);
        REQUIRE(network);
        REQUIRE(address);
        CHECK(network->contains(*address) == row.contained);
    }
}

TEST_CASE("what is no network, or has bits behind its prefix, is refused") {
    for (const char* raw : {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0/8", "::/129",
                            "2001:db8::1/32", "example.org", "10.0.0.0/-1", "10.0.0.0/8/8"}) {
        CAPTURE(raw);
        CHECK_FALSE(parse_network(raw));
    }
}

TEST_CASE("the loopback is all of 127, and ::1, and nothing else") {
    for (const char* raw : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
        CAPTURE(raw);
        CHECK(parse_ip(raw).value().is_loopback());
    }
    for (const char* raw : {"126.0.0.1", "::2", "::", "1::1", "0.0.0.0", "::ffff:128.0.0.1"}) {
        CAPTURE(raw);
        CHECK_FALSE(parse_ip(raw).value().is_loopback());
    }
}
