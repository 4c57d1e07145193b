#include "capture/af_packet/bpf_filter.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "base/unique_fd.hpp"
#include "capture/af_packet/match.hpp"
#include "capture/test_frames.hpp"

using namespace xpc;
using capture::Direction;
using capture::Filter;
using capture::af_packet::Matcher;
using capture::af_packet::Outgoing;
using capture::af_packet::RawFrame;
using pcap::LinkType;
using test::Bytes;

namespace {

/// Whether the kernel takes the program, for a socket of any kind.
bool attaches(capture::af_packet::Program program) {
    const auto socket = base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sock_fprog wanted{.len = static_cast<unsigned short>(program.size()),
                            .filter = program.data()};
    return ::setsockopt(base::Fd(socket).raw(), SOL_SOCKET, SO_ATTACH_FILTER, &wanted,
                        sizeof wanted) == 0;
}

bool accepts(const Filter& filter, const RawFrame& frame, LinkType link_type = LinkType::ethernet,
             Outgoing outgoing = Outgoing::keep) {
    const auto program = capture::af_packet::compile(filter, link_type, 262'144, outgoing);
    if (!program) FAIL(program.error().message);
    const auto matcher = Matcher::load(*program);
    REQUIRE(matcher);
    CHECK(attaches(*program));
    return matcher->matches(frame);
}

std::string refusal(const std::string& expression, LinkType link_type = LinkType::ethernet) {
    Filter filter;
    filter.expression = expression;
    const auto program = capture::af_packet::compile(filter, link_type, 262'144, Outgoing::keep);
    if (program) return "accepted";
    CHECK(program.error().field == "filter");
    CHECK(program.error().errc == base::Errc::invalid_value);
    return program.error().message;
}

/// The same UDP packet to port 53 behind tags of all kinds, as the kernel shows it.
struct Tagged {
    Bytes udp = test::ipv4({});
    Bytes plain = test::ethernet(ETH_P_IP, udp);
    Bytes inner = test::ethernet(ETH_P_8021Q, test::tagged(200, ETH_P_IP, udp));
    Bytes two = test::ethernet(ETH_P_8021AD,
                               test::tagged(100, ETH_P_8021Q, test::tagged(200, ETH_P_IP, udp)));
};

}  // namespace

TEST_CASE("VLANs are found whether the kernel has taken the outer tag off or not") {
    const Tagged bytes;

    struct Row {
        const char* expression;
        bool untagged;      ///< no tag at all
        bool stripped_100;  ///< tag 100, taken off
        bool kept_200;      ///< tag 200, in the frame
        bool stripped_two;  ///< 100 taken off, 200 in the frame
        bool kept_two;      ///< both in the frame
    };

    const auto rows = std::to_array<Row>({
        {"udp port 53", true, true, false, false, false},
        {"vlan", false, true, true, true, true},
        {"vlan 100", false, true, false, true, true},
        {"vlan 200", false, false, true, false, false},
        {"vlan (100) and udp port 53", false, true, false, false, false},
        {"vlan 100 and udp port 54", false, false, false, false, false},
        {"vlan 200 and udp port 53", false, false, true, false, false},
        {"vlan and vlan", false, false, false, true, true},
        {"vlan 100 and vlan 200 and udp port 53", false, false, false, true, true},
        {"vlan 200 and vlan 100", false, false, false, false, false},
        {"not vlan", true, false, false, false, false},
        {"not vlan 100", true, false, true, false, false},
        {"udp port 53 or vlan 200", true, true, true, false, false},
        {"vlan and not udp", false, false, false, true, true},
        {"vlan 5 and ether[12:2] = 0x800", false, false, false, false, false},
        {"vlan 100 and ether[12:2] = 0x800", false, true, false, false, false},
    });
    for (const Row& row : rows) {
        CAPTURE(row.expression);
        Filter filter;
        filter.expression = row.expression;
        CHECK(accepts(filter, test::raw(bytes.plain)) == row.untagged);
        CHECK(accepts(filter, test::raw_tagged(bytes.plain, 100)) == row.stripped_100);
        CHECK(accepts(filter, test::raw_tagged(bytes.plain, 0xE064)) == row.stripped_100);
        CHECK(accepts(filter, test::raw(bytes.inner)) == row.kept_200);
        CHECK(accepts(filter, test::raw_tagged(bytes.inner, 100, ETH_P_8021AD)) ==
              row.stripped_two);
        CHECK(accepts(filter, test::raw(bytes.two)) == row.kept_two);
    }
}

TEST_CASE("the words of a filter and its expression have to match both") {
    const Tagged bytes;
    const auto tcp = test::ethernet(ETH_P_IP, test::ipv4({.protocol = 6}));
    auto filter = capture::parse_filter("udp", "10.0.0.1", "any", false);
    REQUIRE(filter);
    filter->expression = "port 53 or port 80";
    CHECK(accepts(*filter, test::raw(bytes.plain)));
    CHECK_FALSE(accepts(*filter, test::raw(tcp)));
    filter->expression = "port 80";
    CHECK_FALSE(accepts(*filter, test::raw(bytes.plain)));
    filter->expression = "vlan 100 and vlan 200";
    CHECK(accepts(*filter, test::raw_tagged(bytes.inner, 100)));
    CHECK_FALSE(accepts(*filter, test::raw_tagged(bytes.plain, 100)));
}

TEST_CASE("a direction keeps what goes that way, on the loopback too") {
    const Tagged bytes;
    auto incoming = test::raw(bytes.plain);
    incoming.interface_index = 2;
    auto outgoing = incoming;
    outgoing.packet_type = PACKET_OUTGOING;
    auto loopback = outgoing;
    loopback.interface_index = 1;

    struct Row {
        const char* name;
        Direction direction;
        Outgoing kind;
        bool in;
        bool out;
        bool loopback_out;
    };

    const auto rows = std::to_array<Row>({
        {"both", Direction::both, Outgoing::keep, true, true, true},
        {"in", Direction::in, Outgoing::keep, true, false, false},
        {"out", Direction::out, Outgoing::keep, false, true, true},
        {"both on the loopback", Direction::both, Outgoing::skip, true, false, false},
        {"in on the loopback", Direction::in, Outgoing::skip, true, false, false},
        {"out on the loopback", Direction::out, Outgoing::skip, false, true, true},
        {"both on all", Direction::both, Outgoing::skip_loopback, true, true, false},
        {"in on all", Direction::in, Outgoing::skip_loopback, true, false, false},
        {"out on all", Direction::out, Outgoing::skip_loopback, false, true, true},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Filter filter;
        filter.direction = row.direction;
        for (const char* expression : {"", "udp port 53"}) {
            filter.expression = expression;
            CHECK(accepts(filter, incoming, LinkType::ethernet, row.kind) == row.in);
            CHECK(accepts(filter, outgoing, LinkType::ethernet, row.kind) == row.out);
            CHECK(accepts(filter, loopback, LinkType::ethernet, row.kind) == row.loopback_out);
        }
    }
    Filter inbound;
    inbound.expression = "inbound";
    CHECK(accepts(inbound, incoming));
    CHECK_FALSE(accepts(inbound, outgoing));
}

TEST_CASE("on a cooked socket the header's fields are asked of the kernel") {
    const Tagged bytes;
    auto frame = test::raw_tagged(bytes.udp, 100);
    frame.protocol = ETH_P_IP;
    frame.interface_index = 3;
    frame.hardware_type = 1;

    struct Row {
        const char* expression;
        bool wanted;
    };

    const auto rows = std::to_array<Row>({
        {"udp port 53", true},
        {"udp port 54", false},
        {"ip6", false},
        {"inbound", true},
        {"outbound", false},
        {"ifindex 3", true},
        {"ifindex 4", false},
        {"ether proto 0x800", true},
        {"link[8:2] = 1", true},
        {"vlan", true},
        {"vlan 100 and udp port 53", true},
        {"vlan 101", false},
        {"not vlan", false},
    });
    for (const Row& row : rows) {
        CAPTURE(row.expression);
        Filter filter;
        filter.expression = row.expression;
        CHECK(accepts(filter, frame, LinkType::linux_sll2) == row.wanted);
    }
    frame.tagged = false;
    Filter vlan;
    vlan.expression = "vlan";
    CHECK_FALSE(accepts(vlan, frame, LinkType::linux_sll2));
    CHECK(refusal("link[12] = 1", LinkType::linux_sll2).contains("cooked header"));
    CHECK(refusal("vlan and vlan", LinkType::linux_sll2).contains("no VLAN support"));
    CHECK(refusal("vlan", LinkType::raw_ip).contains("no VLAN support"));
}

TEST_CASE("an expression that does not compile is refused with its cause and position") {
    struct Row {
        std::string expression;
        std::string what;
    };

    const auto rows = std::to_array<Row>({
        {"udp prt 53", "syntax error at character 5, near \"prt\""},
        {"udp port 53 54 and", "syntax error at character 13, near \"54\""},
        {"udp )", "syntax error at character 5, near \")\""},
        {"tcp and and udp", "syntax error at character 9, near \"and\""},
        {"tcp[13] & 2 ! = 0", "syntax error at character 13, near \"!\""},
        {"(udp", "ends too early"},
        {"udp port", "ends too early"},
        {"udp port 53 and", "ends too early"},
        {"tcp or port foobar or udp", "unknown port 'foobar', at character 13"},
        {"ip proto foo", "unknown ip proto 'foo', at character 10"},
        {"udp port 99999", "illegal port number 99999 > 65535, at character 10"},
        {"port 99999999999", "number 99999999999 overflows 32 bits, at character 6"},
        {"ip and vlan 5000", "VLAN tag 5000 greater than maximum 4095, at character 13"},
        {"net 10.0.0.1/8", "non-network bits set in \"10.0.0.1/8\", at character 5"},
        {"tcp[0:3] = 1", "data size must be 1, 2, or 4"},
        {"1/0 = 1", "division by zero"},
        {"port 53;", "the character \";\" at character 8 is not of the filter language"},
        {"udp\tport 53", "at character 4 is not of the filter language"},
        {"ip and arp", "no frame can match it"},
        {"ip6 protochain 6", "protochain"},
        {"host example.com", "\"example.com\" at character 6 is no word of the language"},
        {"host \\example.com", "at character 6 is no word of the language"},
        {"net loopback", "\"loopback\" at character 5 is no word of the language"},
        {"host 1.2.3.4.5", "at character 6 is no word of the language"},
        {"port 53 and src localhost", "\"localhost\" at character 17 is no word of the language"},
        {"ether host router", "at character 12 is no word of the language"},
    });
    for (const Row& row : rows) {
        CAPTURE(row.expression);
        const std::string message = refusal(row.expression);
        CAPTURE(message);
        CHECK(message.starts_with("filter \""));
        CHECK(message.contains(row.what));
    }
    CHECK(refusal(std::string("udp\0x", 5)).contains("at character 4"));
    CHECK(refusal(std::string(4097, ' ')).contains("the limit is 4096"));
}

TEST_CASE("names of ports and protocols are those of this host, and addresses are not names") {
    for (const char* expression :
         {"port domain or http", "portrange ftp-ssh", "ip proto \\tcp", "not port (domain or http)",
          "host 2001:db8::1", "host ::ffff:1.2.3.4", "ether host 02:00:00:00:00:01",
          "ether host aabb.ccdd.eeff", "net 10.0.0.0 mask 255.0.0.0", "net 10",
          "tcp[tcpflags]&(tcp-syn|tcp-ack)!=0", "tcp[2:2]=80", "ether proto \\arp", " "}) {
        CAPTURE(expression);
        CHECK(refusal(expression) == "accepted");
    }
}

TEST_CASE("an expression that is hard to compile is compiled or refused within seconds") {
    const auto repeated = [](std::string start, const std::string& piece) {
        while (start.size() + piece.size() < 4096)
            start += piece;
        return start;
    };
    const auto numbered = [](std::string start, const std::string& piece, const std::string& end) {
        for (int i = 2; start.size() < 4060; ++i)
            start += piece + std::to_string(i) + end;
        return start;
    };
    std::vector<std::string> hard{numbered("port 1", " or ", ""),
                                  numbered("portrange 1-2", " and not ", "-9999"),
                                  numbered("host 10.0.0.1", " or 10.0.0.", ""),
                                  repeated("vlan", " or vlan"),
                                  repeated("not ip", " and not ip"),
                                  repeated("mpls", " and mpls"),
                                  repeated("(", "("),
                                  repeated("!", "!"),
                                  numbered("tcp[0]=1", " or tcp[", "]=1")};
    std::string ports = "port 1";
    for (int i = 2; i <= 256; ++i)
        ports += " or " + std::to_string(i);
    std::string ranges = "portrange 1-2";
    for (int i = 2; i <= 170; ++i)
        ranges += " and not " + std::to_string(i) + "-" + std::to_string(i + 9);
    std::string hosts = "host 10.0.0.1";
    for (int i = 2; i <= 255; ++i)
        hosts += " or 10.0.0." + std::to_string(i);
    hard.insert(hard.end(), {ports, ranges, hosts});
    for (const std::string& expression : hard) {
        CAPTURE(expression.substr(0, 40));
        const auto began = std::chrono::steady_clock::now();
        CHECK(refusal(expression).size() < 500);
        const auto took = std::chrono::steady_clock::now() - began;
        CHECK(took < std::chrono::seconds(30));  // measured: 0.9 s, on a busy machine
    }
}

TEST_CASE("a program is shown as tcpdump -d shows it") {
    const auto program = capture::af_packet::compile_text("udp", LinkType::raw_ip, 1000);
    REQUIRE(program);
    const auto lines = capture::af_packet::listing(*program);
    REQUIRE(lines.size() == program->size());
    CHECK(lines.front() == "(000) ldb      [0]");
    CHECK(std::ranges::any_of(
        lines, [](const std::string& line) { return line.contains("ret      #1000"); }));
}
