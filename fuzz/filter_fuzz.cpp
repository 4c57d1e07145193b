#include <cassert>
#include <cstdint>

#include "base/text.hpp"
#include "capture/af_packet/bpf.hpp"
#include "capture/filter.hpp"

using namespace xpc;

/// proto, src and dst on a line each: what is accepted as a filter compiles.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto words = base::split({reinterpret_cast<const char*>(bytes), size}, '\n');
    if (words.size() != 3) return 0;
    const auto filter = capture::parse_filter(words[0], words[1], words[2], true);
    if (!filter) return 0;
    const auto link = pcap::LinkType::ethernet;
    const auto program = capture::af_packet::compile(capture::pcap_expression(*filter, link), link,
                                                     96, capture::af_packet::Outgoing::keep);
    assert(program);
    return 0;
}
