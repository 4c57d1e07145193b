#include <cassert>
#include <cstdint>

#include "base/text.hpp"
#include "capture/af_packet/bpf_filter.hpp"
#include "capture/af_packet/match.hpp"

using namespace xpc;

/// proto, src and dst on a line each, and maybe an expression on a fourth: what is accepted as a
/// filter compiles, what compiles can be run, and what does not says that it is the filter.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto words = base::split({reinterpret_cast<const char*>(bytes), size}, '\n');
    if (words.size() < 3 || words.size() > 4 || size > 300) return 0;
    auto filter = capture::parse_filter(words[0], words[1], words[2], true);
    if (!filter) return 0;
    if (words.size() == 4) filter->expression = words[3];
    for (const auto link : {pcap::LinkType::ethernet, pcap::LinkType::linux_sll2}) {
        const auto program =
            capture::af_packet::compile(*filter, link, 96, capture::af_packet::Outgoing::keep);
        if (program) {
            assert(capture::af_packet::Matcher::load(*program));
        } else {
            assert(words.size() == 4 && program.error().field == "filter");
        }
    }
    return 0;
}
