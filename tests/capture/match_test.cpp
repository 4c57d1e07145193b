#include "capture/af_packet/match.hpp"

#include <array>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "base/unique_fd.hpp"
#include "capture/af_packet/bpf_combine.hpp"
#include "capture/test_frames.hpp"

using namespace xpc;
using capture::af_packet::Matcher;
using capture::af_packet::Program;
using capture::af_packet::RawFrame;
using test::Bytes;

namespace {

/// The kernel as the judge: a filter on one end of a pair of datagram sockets sees what is sent to
/// it as it would see a frame, and cuts it likewise. No rights are needed for that.
class Kernel {
public:
    Kernel() {
        std::array<int, 2> pair{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) ==
                0);
        from_ = base::UniqueFd::adopt(pair[0]);
        to_ = base::UniqueFd::adopt(pair[1]);
    }

    [[nodiscard]] bool attach(const Program& program) {
        Program copy = program;
        const sock_fprog wanted{.len = static_cast<unsigned short>(copy.size()),
                                .filter = copy.data()};
        return ::setsockopt(base::Fd(to_).raw(), SOL_SOCKET, SO_ATTACH_FILTER, &wanted,
                            sizeof wanted) == 0;
    }

    /// How many bytes of it arrive; nothing where it is refused. A frame has at least one byte.
    [[nodiscard]] std::size_t run(const Bytes& frame) {
        REQUIRE(::send(base::Fd(from_).raw(), frame.data(), frame.size(), 0) ==
                static_cast<ssize_t>(frame.size()));
        const ssize_t got = ::recv(base::Fd(to_).raw(), room_.data(), room_.size(), 0);
        return got < 0 ? 0 : static_cast<std::size_t>(got);
    }

private:
    base::UniqueFd from_;
    base::UniqueFd to_;
    Bytes room_ = Bytes(100'000);
};

/// What both make of the same program and frames.
void agree(Kernel& kernel, const Program& program, const std::vector<Bytes>& frames) {
    const auto matcher = Matcher::load(program);
    REQUIRE(matcher);
    REQUIRE(kernel.attach(program));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const std::size_t kept =
            std::min<std::size_t>(matcher->run(test::raw(frames[i])), frames[i].size());
        if (const std::size_t got = kernel.run(frames[i]); got != kept) {
            CAPTURE(i);
            CAPTURE(frames[i].size());
            CHECK(got == kept);
        }
    }
    CHECK(matcher->matches(test::raw(frames[0])) == (kernel.run(frames[0]) != 0));
}

/// Frames of all kinds, each also cut short and with some bytes changed.
std::vector<Bytes> many_frames() {
    std::mt19937 chance(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same frames each time
    std::vector<Bytes> whole;
    for (const std::uint8_t protocol : std::to_array<std::uint8_t>({1, 6, 17, 58, 88})) {
        for (const std::uint16_t port : std::to_array<std::uint16_t>({53, 80, 1000})) {
            const auto v4 = test::ipv4({.protocol = protocol, .to = port});
            whole.push_back(test::ethernet(ETH_P_IP, v4));
            whole.push_back(test::ethernet(
                ETH_P_IP, test::ipv4({.protocol = protocol, .from = port, .options = 3})));
            whole.push_back(test::ethernet(
                ETH_P_IP, test::ipv4({.protocol = protocol, .to = port, .fragment = 0x2010})));
            whole.push_back(test::ethernet(ETH_P_IPV6, test::ipv6(protocol, 5000, port)));
            const auto tag = test::tagged(100, ETH_P_IP, v4);
            whole.push_back(test::ethernet(ETH_P_8021Q, tag));
            whole.push_back(test::ethernet(ETH_P_8021AD, test::tagged(200, ETH_P_8021Q, tag)));
        }
    }
    whole.push_back(test::ethernet(ETH_P_ARP, Bytes(28)));
    std::vector<Bytes> frames = whole;
    for (const Bytes& frame : whole) {
        for (int i = 0; i < 6; ++i) {
            Bytes changed = frame;
            changed.resize(1 + chance() % changed.size());
            if (i % 2 == 0) changed[chance() % changed.size()] = static_cast<std::byte>(chance());
            frames.push_back(std::move(changed));
        }
    }
    for (int i = 0; i < 100; ++i) {
        Bytes noise(1 + chance() % 1600);
        for (auto& byte : noise)
            byte = static_cast<std::byte>(chance());
        frames.push_back(std::move(noise));
    }
    return frames;
}

const auto expressions = std::to_array<const char*>({
    "",
    "ip",
    "ip6",
    "arp",
    "udp port 53",
    "tcp port 80 or udp port 53",
    "not tcp",
    "host 10.0.0.1",
    "src net 10.0.0.0/24 and dst host 10.0.0.2",
    "ip6 host 2001:db8::1",
    "portrange 50-100",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "vlan",
    "vlan 100 and udp",
    "vlan 200 and vlan 100 and tcp port 80",
    "vlan and ip or vlan and ip6",
    "ip[6:2] & 0x1fff != 0",
    "ip[0] & 0xf > 5 and udp[2:2] = 53",
    "len > 60",
    "greater 50 and less 70",
    "ether[0] & 1 = 1",
    "ether host 02:00:00:00:00:01",
    "ip[2:2] / 3 * 2 - 1 > 38",
    "ip[8] % 10 = 4",
    "ip[8] << 2 = 256 and ip[9] >> 1 = 3",
    "ip[9] ^ 0x11 = 0",
    "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420",
    "ip[2:2] / (ip[8] - 64) = 1",
    "ether[ip[9] * 4] = 0",
    "ip[8] % ip[9] = 13",
    "-ip[9] = 0xffffffef",
    "icmp or icmp6",
    "ip multicast or ether broadcast",
    "mpls",
    "pppoes and ip",
});

}  // namespace

TEST_CASE("a matcher and the kernel decide the same for every program of libpcap") {
    Kernel kernel;
    const auto frames = many_frames();
    for (const char* expression : expressions) {
        CAPTURE(expression);
        for (const std::uint32_t snaplen : {40U, 262'144U}) {
            const auto program =
                capture::af_packet::compile_text(expression, pcap::LinkType::ethernet, snaplen);
            REQUIRE(program);
            agree(kernel, *program, frames);
        }
        const auto bare =
            capture::af_packet::compile_text(expression, pcap::LinkType::raw_ip, 262'144);
        if (bare) agree(kernel, *bare, frames);
    }
}

TEST_CASE("a matcher and the kernel decide the same for programs at random") {
    constexpr auto codes = std::to_array<std::uint16_t>(
        {0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x07, 0x0c, 0x05, 0x14, 0x15, 0x16, 0x1c,
         0x1d, 0x20, 0x24, 0x25, 0x28, 0x2c, 0x2d, 0x30, 0x34, 0x35, 0x3c, 0x3d, 0x40,
         0x44, 0x45, 0x48, 0x4c, 0x4d, 0x50, 0x54, 0x5c, 0x60, 0x61, 0x64, 0x6c, 0x74,
         0x7c, 0x80, 0x81, 0x84, 0x87, 0x94, 0x9c, 0xa4, 0xac, 0xb1});
    Kernel kernel;
    std::mt19937 chance(2);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same programs each time
    const auto all = many_frames();
    const std::vector<Bytes> frames(all.begin(), all.begin() + 120);
    int ran = 0;
    for (int round = 0; round < 4000; ++round) {
        Program program(2 + chance() % 12);
        for (sock_filter& step : program) {
            const auto wide = static_cast<std::uint32_t>(chance());
            step = {.code = codes[chance() % codes.size()],
                    .jt = static_cast<std::uint8_t>(chance() % 4),
                    .jf = static_cast<std::uint8_t>(chance() % 4),
                    .k = wide % 5 == 0 ? wide & 0x7FFFFFFF : wide % 40};
        }
        program.back() = BPF_STMT(BPF_RET | BPF_A, 0);
        const bool taken = kernel.attach(program);
        const bool loaded = Matcher::load(program).has_value();
        // the kernel also refuses what reads memory that it may not have written
        CHECK((loaded || !taken));
        if (!taken || !loaded) continue;
        ++ran;
        agree(kernel, program, frames);
    }
    CHECK(ran > 200);
}

TEST_CASE("the kernel's own numbers are those of the frame") {
    struct Row {
        const char* name;
        int which;
        std::uint32_t value;
    };

    const auto rows = std::to_array<Row>({
        {"protocol", SKF_AD_PROTOCOL, ETH_P_IPV6},
        {"packet type", SKF_AD_PKTTYPE, PACKET_OUTGOING},
        {"interface", SKF_AD_IFINDEX, 70'000},
        {"hardware type", SKF_AD_HATYPE, 772},
        {"tag", SKF_AD_VLAN_TAG, 0x2064},
        {"a tag is there", SKF_AD_VLAN_TAG_PRESENT, 1},
        {"the tag's protocol", SKF_AD_VLAN_TPID, ETH_P_8021AD},
    });
    RawFrame frame = test::raw_tagged({}, 0x2064, ETH_P_8021AD);
    frame.protocol = ETH_P_IPV6;
    frame.packet_type = PACKET_OUTGOING;
    frame.interface_index = 70'000;
    frame.hardware_type = 772;
    for (const Row& row : rows) {
        CAPTURE(row.name);
        for (const int width : {BPF_W, BPF_H, BPF_B}) {
            const Program program{BPF_STMT(static_cast<std::uint16_t>(BPF_LD | BPF_ABS | width),
                                           static_cast<std::uint32_t>(SKF_AD_OFF + row.which)),
                                  BPF_STMT(BPF_RET | BPF_A, 0)};
            const auto matcher = Matcher::load(program);
            REQUIRE(matcher);
            CHECK(matcher->run(frame) == row.value);
        }
    }
}

TEST_CASE("a program that can not be run is refused") {
    constexpr sock_filter give = BPF_STMT(BPF_RET | BPF_K, 1);

    struct Row {
        const char* name;
        Program program;
    };

    const auto rows = std::to_array<Row>({
        {"empty", {}},
        {"too long", Program(4097, give)},
        {"does not return", {BPF_STMT(BPF_LD | BPF_IMM, 1)}},
        {"jumps to its end", {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), give}},
        {"jumps back", {BPF_STMT(BPF_JMP | BPF_JA, 0xFFFF'FFFF), give}},
        {"divides by 0", {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), give}},
        {"divides by 0 for the rest", {BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 0), give}},
        {"shifts by 32", {BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), give}},
        {"memory beyond the last cell", {BPF_STMT(BPF_ST, 16), give}},
        {"unknown instruction", {BPF_STMT(0xFF, 0), give}},
        {"a number of the kernel that a frame has not",
         {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_CPU)),
          give}},
        {"the network header by its own offset",
         {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_NET_OFF)), give}},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto matcher = Matcher::load(row.program);
        REQUIRE_FALSE(matcher);
        CHECK(matcher.error().errc == base::Errc::invalid_value);
    }
}

TEST_CASE("a program that accepts all looks at no frame") {
    CHECK(Matcher::load(capture::af_packet::accept_all(96))->accepts_all());
    CHECK_FALSE(Matcher::load(capture::af_packet::drop_all())->accepts_all());
    CHECK(Matcher::load(capture::af_packet::accept_all(96))->matches({}));
    CHECK_FALSE(Matcher::load(capture::af_packet::drop_all())->matches({}));
}
