#include "capture/af_packet/bpf_combine.hpp"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "capture/af_packet/match.hpp"
#include "capture/test_frames.hpp"

using namespace xpc;
using namespace capture::af_packet;
using test::Bytes;

namespace {

Program program_of(const std::string& expression, std::uint32_t snaplen = 262'144) {
    return base::value_or_throw(compile_text(expression, pcap::LinkType::ethernet, snaplen));
}

/// UDP to and from ports 0 to 399.
std::vector<Bytes> frames() {
    std::vector<Bytes> made{test::ethernet(ETH_P_ARP, Bytes(28))};
    for (std::uint16_t port = 0; port < 400; ++port)
        made.push_back(test::ethernet(ETH_P_IP, test::ipv4({.to = port})));
    return made;
}

std::uint32_t run(const Program& program, const Bytes& frame) {
    return base::value_or_throw(Matcher::load(program)).run(test::raw(frame));
}

}  // namespace

TEST_CASE("what any of many programs accepts, the one made of them accepts, and no more") {
    for (const int count : {1, 2, 3, 10, 50, 100}) {
        CAPTURE(count);
        std::vector<Program> programs;
        for (int i = 0; i < count; ++i)
            programs.push_back(program_of("udp port " + std::to_string(3 * i)));
        programs.push_back(drop_all());
        programs.push_back(programs.front());
        const auto any = either(programs);
        REQUIRE(any.size() > 1);
        REQUIRE(any.size() <= BPF_MAXINSNS);
        for (const Bytes& frame : frames()) {
            bool wanted = false;
            for (const Program& program : programs)
                wanted = wanted || run(program, frame) != 0;
            CHECK((run(any, frame) != 0) == wanted);
        }
    }
}

TEST_CASE("a frame that is too short for one program is not lost for the others") {
    // of HTTP requests: behind a header that says how long it is itself
    const std::string of_payload = "tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420";
    const auto made = std::to_array<Bytes>(
        {test::ethernet(ETH_P_IP, test::ipv4({.to = 53})),
         test::ethernet(ETH_P_IP, test::ipv4({.protocol = 6, .to = 80})),
         test::ethernet(ETH_P_IP, test::ipv4({.protocol = 6, .to = 80, .options = 10})),
         test::ethernet(ETH_P_ARP, Bytes(28)), Bytes(64), Bytes(80, std::byte{0xFF})});
    const auto expressions = std::to_array<std::string>(
        {"udp[100] = 7", "ether[200] = 1", of_payload, "ip[0] / ip[1] = 2", "ip[8] % ip[9] = 0",
         "port 53", "ip6 host ::1", "ip[ip[2:2] - 1] = 0", "ether[ip[0] - 100] = 1", "tcp", "udp",
         "ether proto 0xffff", "greater 0"});
    for (const std::string& one : expressions) {
        for (const std::string& other : expressions) {
            CAPTURE(one);
            CAPTURE(other);
            const std::array programs{program_of(one), program_of(other)};
            const Program any = either(programs);
            for (const Bytes& whole : made) {
                for (std::size_t length = 1; length <= whole.size(); ++length) {
                    const Bytes frame(whole.begin(), whole.begin() + static_cast<long>(length));
                    const bool wanted =
                        run(programs[0], frame) != 0 || run(programs[1], frame) != 0;
                    if (wanted) REQUIRE(run(any, frame) != 0);
                }
            }
        }
    }
}

TEST_CASE("what two programs accept both is what is left of them") {
    // the long one has jumps over more than 255 instructions once it is one of two
    std::string ports = "udp port 3";
    for (int i = 4; i < 140; ++i)
        ports += " or udp port " + std::to_string(i);
    for (const auto& [one, other] :
         std::to_array<std::pair<std::string, std::string>>({{"udp", "port 53"},
                                                             {ports, "not port 7"},
                                                             {"not port 7", ports},
                                                             {"arp", "udp"},
                                                             {"", "udp port 9"},
                                                             {"udp port 9", ""}})) {
        CAPTURE(one.substr(0, 20));
        const auto first = program_of(one);
        const auto second = program_of(other, 96);
        const auto together = both(first, second);
        REQUIRE(together);
        for (const Bytes& frame : frames()) {
            const bool wanted = run(first, frame) != 0 && run(second, frame) != 0;
            CHECK(run(*together, frame) == (wanted ? 96U : 0U));
        }
    }
}

TEST_CASE("a program that returns a register is joined too, and the next one begins with zeros") {
    const Program first_byte{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_MISC | BPF_TAX, 0),
                             BPF_STMT(BPF_RET | BPF_A, 0)};
    const Program register_zero{BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
                                BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_RET | BPF_K, 0)};
    const Bytes zero(40);
    const Bytes one(40, std::byte{1});
    CHECK(run(either(std::array{first_byte, drop_all()}), zero) == 0);
    CHECK(run(either(std::array{first_byte, drop_all()}), one) != 0);
    CHECK(run(either(std::array{drop_all(), first_byte}), one) != 0);
    CHECK(run(*both(first_byte, register_zero), one) == 1);
    CHECK(run(*both(first_byte, register_zero), zero) == 0);
    CHECK(run(*both(register_zero, first_byte), one) != 0);
}

TEST_CASE("the kernel keeps enough of a frame for each program to be run again") {
    const std::array programs{program_of("arp", 64), program_of("udp[100] = 7", 80)};
    const auto any = either(programs);
    CHECK(reach(programs[1]) == 14 + 60 + 100 + 1);
    CHECK(run(any, frames()[0]) == reach(programs[1]));
    CHECK(reach(program_of("")) == 0);
    CHECK(reach(program_of("tcp[((tcp[12:1] & 0xf0) >> 2):4] = 1")) == longest_reach);
    const std::array alike{program_of("arp", 64), program_of("arp", 80)};
    CHECK(accept_same(either(alike), alike[0]));
    CHECK(run(either(alike), frames()[0]) == 80);
    CHECK_FALSE(accept_same(any, programs[0]));
}

TEST_CASE("too many programs for the kernel become one that accepts all, but never for one job") {
    std::vector<Program> programs;
    for (int i = 0; i < 300; ++i)
        programs.push_back(program_of("port " + std::to_string(i), 96));
    CHECK(base::value_or_throw(Matcher::load(either(programs))).accepts_all());
    CHECK(either({}).size() == 1);
    CHECK(run(either({}), frames()[0]) == 0);
    const Program half(2100, BPF_STMT(BPF_LD | BPF_IMM, 0));
    Program long_one = half;
    long_one.push_back(BPF_STMT(BPF_RET | BPF_K, 1));
    const auto refused = both(long_one, long_one);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().field == "filter");
    CHECK(refused.error().message.contains("4096"));
}
