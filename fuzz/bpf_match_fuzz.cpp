#include <algorithm>
#include <cassert>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "capture/af_packet/bpf_combine.hpp"
#include "capture/af_packet/bpf_guards.hpp"
#include "capture/af_packet/match.hpp"

using namespace xpc;

/// A length, so many instructions of any kind, and a frame: the program is refused, or its run
/// stays within the frame and ends; and so does that of what is made of it with another, which
/// accepts what it does: one of either also what it may be too short for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    namespace bpf = capture::af_packet;
    if (size == 0) return 0;
    auto rest = std::span(reinterpret_cast<const std::byte*>(bytes), size).subspan(1);
    bpf::Program program(std::min<std::size_t>(bytes[0], rest.size() / sizeof(sock_filter)));
    for (sock_filter& step : program) {
        step = base::load<sock_filter>(rest);
        rest = rest.subspan(sizeof step);
    }
    const auto matcher = bpf::Matcher::load(program);
    if (!matcher) return 0;
    const std::vector<std::byte> exact(rest.begin(), rest.end());  // so that a byte more is noticed
    const bpf::RawFrame frame{.bytes = exact, .wire_bytes = 2000, .protocol = 0x800};
    const bool alone = matcher->matches(frame);
    const std::array programs{program, bpf::Program{BPF_STMT(BPF_RET | BPF_A, 0)}, program};
    const auto any = bpf::Matcher::load(bpf::either(programs));
    const auto twice = bpf::Matcher::load(*bpf::both(program, program));
    assert(any && twice);
    assert(any->matches(frame) || !alone);
    const auto guards = bpf::guards_of(program, frame.wire_bytes);
    const bool may_end_early = !guards || std::ranges::count(*guards, bpf::Guard::none) !=
                                              static_cast<std::ptrdiff_t>(program.size());
    assert(any->matches(frame) == alone || may_end_early || bpf::either(programs).size() == 1);
    assert(twice->matches(frame) == alone);
    return 0;
}
