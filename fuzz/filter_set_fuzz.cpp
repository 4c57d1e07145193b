#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "capture/af_packet/bpf_combine.hpp"
#include "capture/af_packet/bpf_filter.hpp"
#include "capture/af_packet/filter_set.hpp"

using namespace xpc;

namespace {

namespace bpf = capture::af_packet;

struct Filters {
    std::vector<bpf::Program> programs;
    std::vector<bpf::Matcher> matchers;

    Filters() {
        for (const auto* const expression :
             {"ip host 10.0.0.1", "ip src 10.0.0.2 and udp", "dst 10.0.0.3", "tcp", "ip6 host ::1",
              "udp port 53", "greater 60", "ip[8] < 64", "icmp", "not ip", "ip proto 89",
              "udp[30] = 7", "ip[ip[2:2] - 1] = 0"}) {
            const capture::Filter filter{.expression = expression};
            auto program =
                bpf::compile(filter, pcap::LinkType::ethernet, 65'535, bpf::Outgoing::keep);
            programs.push_back(base::value_or_throw(std::move(program)));
            matchers.push_back(base::value_or_throw(bpf::Matcher::load(programs.back())));
        }
    }
};

}  // namespace

/// Which filters there are, and frames of any bytes, each of them up to 63 long, of a protocol that
/// the kernel tells, tagged or not: the set answers what its filters would, each for itself, and
/// the kernel's program for all of them lets pass what one of them wants.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const Filters all;
    if (size < 2) return 0;
    auto rest = std::span(reinterpret_cast<const std::byte*>(bytes), size);
    const auto chosen = base::load<std::uint16_t>(rest);
    std::vector<bpf::FilterSet::Filter> filters;
    std::vector<bpf::Program> programs;
    for (std::size_t i = 0; i < all.programs.size(); ++i) {
        if ((chosen >> i & 1U) == 0) continue;
        filters.push_back({&all.programs[i], &all.matchers[i]});
        programs.push_back(all.programs[i]);
    }
    const auto any = base::value_or_throw(bpf::Matcher::load(bpf::either(programs)));
    bpf::FilterSet set(pcap::LinkType::ethernet);
    set.assign(filters);
    rest = rest.subspan(2);
    while (rest.size() >= 2) {
        const auto shape = base::load<std::uint16_t>(rest);
        rest = rest.subspan(2);
        const auto length = std::min<std::size_t>(shape & 63U, rest.size());
        constexpr std::array<std::uint16_t, 4> protocols{0x0800, 0x86DD, 0x0806, 0x8100};
        // so that a byte more is noticed
        const std::vector<std::byte> exact(rest.data(), rest.data() + length);
        const bpf::RawFrame frame{.bytes = exact,
                                  .wire_bytes = static_cast<std::uint32_t>(length),
                                  .protocol = protocols.at(shape >> 6U & 3U),
                                  .vlan_tci = static_cast<std::uint16_t>(shape >> 12U),
                                  .packet_type = static_cast<std::uint8_t>(shape >> 8U & 7U),
                                  .tagged = (shape >> 11U & 1U) != 0};
        rest = rest.subspan(length);
        std::vector<bool> wanted(filters.size());
        for (const std::uint16_t position : set.matching(frame))
            wanted[position] = true;
        for (std::size_t i = 0; i < filters.size(); ++i)
            assert(wanted[i] == filters[i].matcher->matches(frame));
        const bool is_wanted = std::ranges::find(wanted, true) != wanted.end();
        assert(!is_wanted || any.matches(frame));
    }
    return 0;
}
