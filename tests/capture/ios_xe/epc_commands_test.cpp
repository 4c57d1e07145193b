#include "capture/ios_xe/epc_commands.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "capture/ios_xe/names.hpp"

using namespace xpc;
using namespace xpc::capture;
using namespace xpc::capture::ios_xe;

namespace {

using Lines = std::vector<std::string>;

CaptureOptions usual() {
    CaptureOptions options;
    options.interface = "Gi1";
    options.name = "XP905928";
    options.duration = std::chrono::milliseconds(9500);
    options.buffer_mib = 10;
    return options;
}

Address v4(const char* text, std::uint8_t prefix = 32) {
    return {.family = Family::ipv4, .text = text, .prefix = prefix};
}

Address v6(const char* text, std::uint8_t prefix = 128) {
    return {.family = Family::ipv6, .text = text, .prefix = prefix};
}

}  // namespace

TEST_CASE("a capture is set up in an order in which no device asks back") {
    auto options = usual();
    options.filter = {.protocol = Protocol::udp, .source = v4("10.0.0.1"), .bidirectional = true};
    const auto plan = plan_of(options);
    REQUIRE(plan);
    CHECK(typed_lines(setup(*plan, Kind::router)) ==
          Lines{"configure terminal", "ip access-list extended XP905928",
                "permit udp host 10.0.0.1 any", "permit udp any host 10.0.0.1", "end",
                "monitor capture XP905928 interface Gi1 both",
                "monitor capture XP905928 access-list XP905928",
                "monitor capture XP905928 buffer size 10",
                "monitor capture XP905928 limit duration 10",
                "monitor capture XP905928 limit pps 1000000", "show monitor capture XP905928"});
}

TEST_CASE("a capture without a filter, circular, short and slow is set up as asked") {
    auto options = usual();
    options.interface = "control-plane";
    options.filter.direction = Direction::in;
    options.circular = true;
    options.buffer_mib = 0;
    options.snaplen = 128;
    options.packets_per_second = 500;
    CHECK(typed_lines(setup(*plan_of(options), Kind::catalyst)) ==
          Lines{"monitor capture XP905928 control-plane in", "monitor capture XP905928 match any",
                "monitor capture XP905928 buffer circular size 100",
                "monitor capture XP905928 limit duration 10",
                "monitor capture XP905928 limit packet-len 128",
                "monitor capture XP905928 limit pps 500", "show monitor capture XP905928"});
}

TEST_CASE("only a router has to be told that packets may be many") {
    const auto lines = typed_lines(setup(*plan_of(usual()), Kind::catalyst));
    CHECK(std::ranges::none_of(lines, [](const auto& line) { return line.contains("pps"); }));
}

TEST_CASE("filters become access lists") {
    struct Row {
        const char* name;
        Filter filter;
        Lines entries;
    };

    using enum Protocol;
    const auto rows = std::to_array<Row>({
        {"everything", {}, {}},
        {"every protocol of a host", {.source = v4("10.0.0.1")}, {"permit ip host 10.0.0.1 any"}},
        {"ip", {.protocol = ip, .bidirectional = true}, {"permit ip any any"}},
        {"icmp", {.protocol = icmp}, {"permit icmp any any"}},
        {"ospf", {.protocol = ospf}, {"permit ospf any any"}},
        {"eigrp", {.protocol = eigrp}, {"permit eigrp any any"}},
        {"network",
         {.protocol = tcp, .source = v4("10.1.2.3", 20), .destination = v4("10.9.0.0", 16)},
         {"permit tcp 10.1.0.0 0.0.15.255 10.9.0.0 0.0.255.255"}},
        {"all of IPv4", {.protocol = tcp, .source = v4("0.0.0.0", 0)}, {"permit tcp any any"}},
        {"ports",
         {.protocol = tcp,
          .source = v4("10.0.0.1"),
          .source_port = 1024,
          .destination_port = 443,
          .bidirectional = true},
         {"permit tcp host 10.0.0.1 eq 1024 any eq 443",
          "permit tcp any eq 443 host 10.0.0.1 eq 1024"}},
        {"port of any protocol that has ports",
         {.destination_port = 53},
         {"permit tcp any any eq 53", "permit udp any any eq 53"}},
        {"IPv6",
         {.protocol = udp, .source = v6("2001:db8::1"), .destination = v6("2001:db8:1::ff", 48)},
         {"permit udp host 2001:db8::1 2001:db8:1::/48"}},
        {"every IPv6 packet of a host",
         {.source = v6("fe80::1")},
         {"permit ipv6 host fe80::1 any"}},
        {"OSPF over IPv6",
         {.protocol = ospf, .source = v6("fe80::1")},
         {"permit 89 host fe80::1 any"}},
        {"ICMPv6",
         {.protocol = icmp, .destination = v6("ff02::1")},
         {"permit icmp any host ff02::1"}},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto acl = acl_of(row.filter);
        REQUIRE(acl);
        CHECK(acl->entries == row.entries);
    }
}

TEST_CASE("a filter without an address is one of IPv4, and says so") {
    CHECK(shown_filter({}).empty());
    CHECK(shown_filter({.protocol = Protocol::icmp}) == "ip and (ip proto 1 or ip6 proto 58)");
    CHECK(shown_filter({.protocol = Protocol::udp, .source = v4("10.0.0.1")}) ==
          "ip proto 17 and ip src host 10.0.0.1");
}

TEST_CASE("interfaces are taken in each form that devices take") {
    for (const char* const name :
         {"g1", "Gi1", "gi1/0/1", "te1/1/3", "Fo1/0/5", "GigabitEthernet 1",
          "TenGigabitEthernet0/1/0.101", "Port-channel2", "Dot11Radio0", "Tunnel0",
          "Wlan-GigabitEthernet0/1/8", "HundredGigE1/0/49", "control-plane"}) {
        CAPTURE(name);
        CHECK(check_interface(name));
    }
}

TEST_CASE("nothing that could mean something to a command line passes for an interface") {
    const std::string nul("Gi1\0x", 5);
    const auto bad = std::to_array<std::string>({
        "",
        " ",
        "Gi",
        "1",
        "any",
        "Gi1 | redirect flash:x",
        "any | redirect tftp://10.0.0.1/x",
        "Gi1\nreload",
        "Gi1\r",
        "Gi1;reload",
        "Gi1 ; reload",
        "Gi1?",
        "?",
        "do reload",
        "Gi1 both match any start",
        "Gi1 both",
        "Gi 1 2",
        "Gi  1",
        "Gi1 1",
        "Gi\t1",
        "Gi1/",
        "Gi1//2",
        "Gi1..2",
        "Gi1.2.3",
        "Gi1.2/3",
        "host 10.0.0.1",
        "10.0.0.1",
        "Gi-1",
        "Gi1!",
        "Gi1\x01",
        "Gi1\x03",
        "Gi1\x1e",
        "Gi1\x7f",
        "Gi1\\n",
        "Gi1\"",
        "Gi1'",
        "$(reload)1",
        "`reload`1",
        "Gi\xc3\xa9"
        "1",
        "\xff\xfe"
        "1",
        "-1",
        "control-plane both",
        "Control-Plane",
        nul,
        std::string(1, 'G').append(48, '1'),
        std::string(100'000, '1'),
    });
    for (const std::string& name : bad) {
        CAPTURE(name);
        auto options = usual();
        options.interface = name;
        const auto plan = plan_of(options);
        REQUIRE_FALSE(plan);
        CHECK(plan.error().field == "interface");
        CHECK(plan.error().errc == base::Errc::invalid_value);
    }
}

TEST_CASE("what a device can not do is refused with the field, before it is asked") {
    struct Row {
        const char* field;
        void (*change)(CaptureOptions&);
    };

    const auto rows = std::to_array<Row>({
        {"filter", [](CaptureOptions& o) { o.filter.expression = "tcp or udp"; }},
        {"duration", [](CaptureOptions& o) { o.duration = std::chrono::seconds(1'000'001); }},
        {"snaplen", [](CaptureOptions& o) { o.snaplen = 63; }},
        {"buffer_mib", [](CaptureOptions& o) { o.buffer_mib = 101; }},
        {"packets_per_second", [](CaptureOptions& o) { o.packets_per_second = 1'000'001; }},
        {"name", [](CaptureOptions& o) { o.name = "XP1234567"; }},
        {"name", [](CaptureOptions& o) { o.name = "X;reload"; }},
        {"src_port",
         [](CaptureOptions& o) {
             o.filter.protocol = Protocol::icmp;
             o.filter.source_port = 1;
         }},
        {"src", [](CaptureOptions& o) { o.filter.source = v4("10.0.0.1 any\nreload"); }},
        {"src", [](CaptureOptions& o) { o.filter.source = v4("10.0.0.1", 33); }},
        {"dst", [](CaptureOptions& o) { o.filter.destination = v6("any ; reload"); }},
        {"dst",
         [](CaptureOptions& o) {
             o.filter.source = v4("10.0.0.1");
             o.filter.destination = v6("::1");
         }},
    });
    for (const Row& row : rows) {
        CAPTURE(row.field);
        auto options = usual();
        row.change(options);
        const auto plan = plan_of(options);
        REQUIRE_FALSE(plan);
        CHECK(plan.error().field == row.field);
    }
}

TEST_CASE("places on a device's disk are checked too") {
    for (const char* const place : {"flash:", "bootflash:guest-share/", "usb0:", "flash-1:a/b/"})
        CHECK(is_place(place));
    for (const char* const place : {"", "flash", ":", "flash:x", "flash:../", "flash: /",
                                    "f;g:", "tftp://10.0.0.1/", "flash:a|b/"}) {
        CAPTURE(place);
        CHECK_FALSE(is_place(place));
    }
}
