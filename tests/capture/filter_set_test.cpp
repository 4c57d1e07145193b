#include "capture/af_packet/filter_set.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/bytes.hpp"
#include "capture/af_packet/bpf_filter.hpp"
#include "capture/af_packet/fixed_reads.hpp"

using namespace xpc;
using namespace xpc::capture;
using namespace xpc::capture::af_packet;

namespace {

Program program_for(const std::string& proto, const std::string& src, const std::string& dst,
                    bool bidirectional, const std::string& expression, pcap::LinkType link_type) {
    auto filter = base::value_or_throw(parse_filter(proto, src, dst, bidirectional));
    filter.expression = expression;
    return base::value_or_throw(compile(filter, link_type, 65'535, Outgoing::keep));
}

/// Filters of every kind, most of them for hosts.
std::vector<Program> many_programs(pcap::LinkType link_type) {
    std::vector<Program> programs;
    for (int i = 0; i < 12; ++i) {
        const std::string host = "10.0.0." + std::to_string(i);
        programs.push_back(program_for("udp", host, "any", false, "", link_type));
        programs.push_back(program_for("any", "any", host, i % 2 == 0, "", link_type));
        programs.push_back(program_for("ip", host, "10.0.0.1", true, "", link_type));
    }
    programs.push_back(program_for("icmp", "fd00::1", "any", true, "", link_type));
    programs.push_back(program_for("any", "any", "any", true, "", link_type));
    programs.push_back(program_for("ip", "any", "any", true, "", link_type));
    for (const char* expression : {"udp port 53", "greater 100", "ip[8] < 5", "net 10.0.0.0/29",
                                   "not host 10.0.0.3", "tcp[13] & 2 != 0"}) {
        programs.push_back(program_for("any", "any", "any", true, expression, link_type));
    }
    return programs;
}

/// Packets of a few conversations, some of them damaged or cut.
std::vector<std::byte> some_packet(std::mt19937& dice, bool has_header, std::uint16_t protocol) {
    std::vector<std::byte> bytes(has_header ? 14 : 0);
    if (has_header) {
        const bool odd = dice() % 20 == 0;
        base::store(bytes.data() + 12, base::to_big_endian(odd ? std::uint16_t{0x8100} : protocol));
    }
    std::vector<std::byte> packet(20 + dice() % 60);
    packet[0] = protocol == ETH_P_IPV6 ? std::byte{0x60} : std::byte{0x45};
    packet[6] = static_cast<std::byte>(dice() % 4 == 0 ? dice() : 0);
    packet[8] = static_cast<std::byte>(dice() % 8);
    packet[9] = static_cast<std::byte>(dice() % 2 == 0 ? 17 : 6);
    for (const std::size_t at : {12U, 16U}) {
        packet[at] = std::byte{10};
        packet[at + 3] = static_cast<std::byte>(dice() % 14);
    }
    for (std::size_t at = 20; at < packet.size(); ++at)
        packet[at] = static_cast<std::byte>(dice());
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    if (dice() % 10 == 0) bytes.resize(dice() % bytes.size());
    return bytes;
}

}  // namespace

TEST_CASE("a set finds the filters that accept a frame, as each of them says alone") {
    for (const auto link_type :
         {pcap::LinkType::ethernet, pcap::LinkType::raw_ip, pcap::LinkType::linux_sll2}) {
        CAPTURE(static_cast<int>(link_type));
        const auto programs = many_programs(link_type);
        std::vector<Matcher> matchers;
        for (const Program& program : programs)
            matchers.push_back(base::value_or_throw(Matcher::load(program)));
        std::vector<FilterSet::Filter> filters;
        for (std::size_t i = 0; i < programs.size(); ++i)
            filters.push_back({.program = &programs[i], .matcher = &matchers[i]});
        FilterSet set(link_type);
        set.assign(filters);
        std::mt19937 dice(11);
        for (int i = 0; i < 30'000; ++i) {
            const std::uint16_t protocol = dice() % 4 == 0   ? ETH_P_IPV6
                                           : dice() % 9 == 0 ? ETH_P_ARP
                                                             : ETH_P_IP;
            const auto bytes = some_packet(dice, link_type == pcap::LinkType::ethernet, protocol);
            RawFrame frame;
            frame.bytes = bytes;
            frame.wire_bytes = static_cast<std::uint32_t>(bytes.size());
            // what the socket says need not be what the frame says
            frame.protocol = dice() % 50 == 0 ? std::uint16_t{ETH_P_IP} : protocol;
            frame.packet_type = dice() % 2 == 0 ? PACKET_OUTGOING : PACKET_HOST;
            frame.tagged = dice() % 5 == 0;
            frame.vlan_tci = frame.tagged ? 100 : 0;
            std::vector<std::uint16_t> expected;
            for (std::uint16_t one = 0; one < matchers.size(); ++one) {
                if (matchers[one].matches(frame)) expected.push_back(one);
            }
            const auto found = set.matching(frame);
            std::vector<std::uint16_t> sorted(found.begin(), found.end());
            std::ranges::sort(sorted);
            REQUIRE(sorted == expected);
        }
    }
}

TEST_CASE("a filter for a host looks at the same few bytes of each IP packet") {
    const auto link_type = pcap::LinkType::ethernet;
    const auto host = program_for("udp", "10.0.0.1", "any", false, "", link_type);
    const auto reads = fixed_reads(host, link_type, ETH_P_IP);
    REQUIRE(reads);
    // protocol and source address
    CHECK(*reads == std::vector<std::uint32_t>{23, 26, 27, 28, 29});
    const auto port = program_for("any", "any", "any", false, "udp port 53", link_type);
    CHECK_FALSE(fixed_reads(port, link_type, ETH_P_IP));
    const auto length = program_for("any", "any", "any", false, "greater 100", link_type);
    CHECK_FALSE(fixed_reads(length, link_type, ETH_P_IP));
    // another protocol, other bytes: none at all
    CHECK(fixed_reads(host, link_type, ETH_P_ARP)->empty());
}

TEST_CASE("an empty set accepts nothing, and an assignment forgets the one before") {
    FilterSet set(pcap::LinkType::ethernet);
    const RawFrame frame;
    CHECK(set.matching(frame).empty());
    const auto program = program_for("any", "any", "any", true, "", pcap::LinkType::ethernet);
    const auto matcher = base::value_or_throw(Matcher::load(program));
    set.assign({{.program = &program, .matcher = &matcher}});
    CHECK(set.matching(frame).size() == 1);
    set.assign({});
    CHECK(set.matching(frame).empty());
}
