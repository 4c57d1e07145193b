#include "capture/filter.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "capture/af_packet/bpf_filter.hpp"

using namespace xpc;
using capture::parse_filter;
using capture::pcap_expression;

namespace {

struct Words {
    const char* name;
    std::string proto;
    std::string src;
    std::string dst;
    bool bidirectional = false;
};

const auto good = std::to_array<Words>({
    {"everything", "any", "any", "any"},
    {"both families", "ip", "any", "any"},
    {"tcp of a host", "tcp", "10.0.0.1", "any"},
    {"udp to a host", "udp", "any", "10.0.0.2"},
    {"one way", "udp", "10.0.0.1", "10.0.0.2"},
    {"both ways", "udp", "10.0.0.1", "10.0.0.2", true},
    {"icmp", "icmp", "any", "any"},
    {"icmpv6 of a host", "icmp", "2001:db8::1", "any"},
    {"a network", "tcp", "10.0.0.0/8", "any", true},
    {"two networks of IPv6", "udp", "2001:db8::/32", "fe80::/10"},
    {"every address", "ip", "0.0.0.0/0", "any"},
    {"ospf", "ospf", "any", "any"},
    {"eigrp over IPv6", "eigrp", "fe80::1", "ff02::a", true},
    {"a host, any protocol", "any", "2001:db8::1", "any", true},
});

}  // namespace

TEST_CASE("every filter that is accepted compiles for every kind of interface") {
    using pcap::LinkType;
    for (const Words& row : good) {
        CAPTURE(row.name);
        const auto filter = parse_filter(row.proto, row.src, row.dst, row.bidirectional);
        REQUIRE(filter);
        for (const auto link : {LinkType::ethernet, LinkType::raw_ip, LinkType::linux_sll2}) {
            const std::string expression = pcap_expression(*filter, link);
            CAPTURE(expression);
            const auto program = capture::af_packet::compile(
                *filter, link, 262'144, capture::af_packet::Outgoing::skip_loopback);
            if (!program) FAIL(program.error().message);
            CHECK(program->size() < BPF_MAXINSNS);
        }
    }
}

TEST_CASE("a filter says what its words said") {
    const auto expression = [](const char* proto, const char* src, const char* dst, bool both) {
        return pcap_expression(*parse_filter(proto, src, dst, both), pcap::LinkType::raw_ip);
    };
    CHECK(expression("any", "any", "any", true).empty());
    CHECK(expression("ip", "any", "any", false) == "(ip or ip6)");
    CHECK(expression("udp", "10.0.0.1", "any", false) == "ip proto 17 and ip src host 10.0.0.1");
    CHECK(expression("icmp", "any", "2001:DB8:0::1", false) ==
          "ip6 proto 58 and ip6 dst host 2001:db8::1");
    CHECK(expression("tcp", "10.0.0.1", "10.0.0.2", true) ==
          "ip proto 6 and ((ip src host 10.0.0.1 and ip dst host 10.0.0.2) or "
          "(ip src host 10.0.0.2 and ip dst host 10.0.0.1))");
    CHECK(expression("any", "10.0.0.1", "any", true) ==
          "(ip src host 10.0.0.1 or ip dst host 10.0.0.1)");
}

TEST_CASE("a filter of networks and ports says so, and compiles for every kind of interface") {
    using capture::Address;
    using capture::Family;

    struct Row {
        const char* name;
        capture::Filter filter;
        std::string expression;
    };

    const Address net{.family = Family::ipv4, .text = "10.1.0.0", .prefix = 16};
    const Address net6{.family = Family::ipv6, .text = "2001:db8::", .prefix = 32};
    const Address host{.family = Family::ipv4, .text = "10.0.0.1", .prefix = 32};
    using capture::Protocol;
    const auto rows = std::to_array<Row>({
        {"network",
         {.protocol = Protocol::udp, .source = net},
         "ip proto 17 and ip src net 10.1.0.0/16"},
        {"IPv6 network", {.destination = net6}, "ip6 dst net 2001:db8::/32"},
        {"all of IPv4",
         {.source = Address{.family = Family::ipv4, .text = "0.0.0.0"}},
         "ip src net 0.0.0.0/0"},
        {"port",
         {.protocol = Protocol::tcp, .destination_port = 443},
         "(ip proto 6 or ip6 proto 6) and dst port 443"},
        {"port of a host",
         {.protocol = Protocol::tcp, .source = net, .destination = host, .destination_port = 443},
         "ip proto 6 and (ip src net 10.1.0.0/16 and ip dst host 10.0.0.1 and dst port 443)"},
        {"both ways",
         {.protocol = Protocol::udp, .source = host, .source_port = 53, .bidirectional = true},
         "ip proto 17 and ((ip src host 10.0.0.1 and src port 53) or "
         "(ip dst host 10.0.0.1 and dst port 53))"},
    });
    using pcap::LinkType;
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(pcap_expression(row.filter, LinkType::raw_ip) == row.expression);
        for (const auto link : {LinkType::ethernet, LinkType::raw_ip, LinkType::linux_sll2}) {
            const auto program = capture::af_packet::compile(row.filter, link, 262'144,
                                                             capture::af_packet::Outgoing::keep);
            if (!program) FAIL(program.error().message);
        }
    }
}

TEST_CASE("a network is said by its first address") {
    const auto source = [](const char* src) {
        const auto filter = parse_filter("any", src, "any", false);
        if (!filter) return filter.error().message;
        return filter->source->text + " " + std::to_string(filter->source->prefix);
    };
    CHECK(source("10.0.0.0/8") == "10.0.0.0 8");
    CHECK(source("10.128.0.0/9") == "10.128.0.0 9");
    CHECK(source("0.0.0.0/0") == "0.0.0.0 0");
    CHECK(source("192.0.2.1/32") == "192.0.2.1 32");
    CHECK(source("192.0.2.1") == "192.0.2.1 32");
    CHECK(source("2001:DB8::/33") == "2001:db8:: 33");
    CHECK(source("2001:db8:8000::/33") == "2001:db8:8000:: 33");
    CHECK(source("::1/128") == "::1 128");
    CHECK(source("10.64.0.0/9").contains("say \"10.0.0.0/9\""));
    CHECK(source("2001:db8::1/32").contains("say \"2001:db8::/32\""));
    for (const auto* wrong : {"10.0.0.0/33", "::/129", "10.0.0.0/", "/8", "10.0.0.0/-1",
                              "10.0.0.0/ 8", "10.0.0.0/8/8", "any/0", "10/8", "10.0.0.0/300"}) {
        CAPTURE(wrong);
        CHECK(source(wrong).contains("must be"));
    }
}

TEST_CASE("a host is a network with all bits") {
    CHECK(parse_filter("ip", "10.0.0.1", "any", false)->source->prefix == 32);
    CHECK(parse_filter("ip", "any", "2001:db8::1", false)->destination->prefix == 128);
}

TEST_CASE("on Ethernet a filter looks behind VLAN tags too") {
    const auto filter = parse_filter("udp", "any", "any", false);
    CHECK(pcap_expression(*filter, pcap::LinkType::ethernet).contains("vlan and"));
    const auto all = parse_filter("any", "any", "any", false);
    CHECK(pcap_expression(*all, pcap::LinkType::ethernet).empty());
}

TEST_CASE("words that are no filter are refused with the field at fault") {
    struct Row {
        std::string proto;
        std::string src;
        std::string dst;
        std::string field;
        base::Errc errc;
    };

    using base::Errc;
    const auto rows = std::to_array<Row>({
        {"sctp", "any", "any", "proto", Errc::invalid_value},
        {"", "any", "any", "proto", Errc::invalid_value},
        {"UDP", "any", "any", "proto", Errc::invalid_value},
        {"udp; reload", "any", "any", "proto", Errc::invalid_value},
        {"udp", "", "any", "src", Errc::invalid_value},
        {"udp", "10.0.0.256", "any", "src", Errc::invalid_value},
        {"udp", "10.0.0.1/24", "any", "src", Errc::invalid_value},
        {"udp", "010.0.0.1", "any", "src", Errc::invalid_value},
        {"udp", "any", "host.example", "dst", Errc::invalid_value},
        {"udp", "any", "fe80::1%eth0", "dst", Errc::invalid_value},
        {"udp", "any", std::string("10.0.0.1\0x", 10), "dst", Errc::invalid_value},
        {"udp", "10.0.0.1", "2001:db8::1", "dst", Errc::family_mismatch},
        {"udp", "2001:db8::1", "10.0.0.1", "dst", Errc::family_mismatch},
    });
    for (const Row& row : rows) {
        CAPTURE(row.proto);
        CAPTURE(row.src);
        CAPTURE(row.dst);
        const auto filter = parse_filter(row.proto, row.src, row.dst, false);
        REQUIRE_FALSE(filter);
        CHECK(filter.error().field == row.field);
        CHECK(filter.error().errc == row.errc);
        CHECK(filter.error().message.starts_with(row.field));
    }
}
