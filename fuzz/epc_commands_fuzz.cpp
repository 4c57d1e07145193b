#include <cassert>
#include <cstdint>

#include "base/text.hpp"
#include "capture/ios_xe/epc_commands.hpp"

using namespace xpc;
using namespace xpc::capture;

/// Interface, proto, src, dst, and the name of a capture on a line each: what is accepted becomes
/// commands that are one line each and mean nothing of their own to a device.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto words = base::split({reinterpret_cast<const char*>(bytes), size}, '\n');
    if (words.size() != 5) return 0;
    CaptureOptions options;
    options.interface = words[0];
    options.name = words[4];
    options.duration = std::chrono::seconds(size);
    const auto address = [](std::string_view text) {
        return Address{.family = text.contains(':') ? Family::ipv6 : Family::ipv4,
                       .text = std::string(text),
                       .prefix = static_cast<std::uint8_t>(text.size() * 7)};
    };
    // as a request has it, and as if nobody had checked the addresses
    auto checked = parse_filter(words[1], words[2], words[3], true);
    Filter raw{.protocol = Protocol::tcp, .source = address(words[2])};
    raw.destination = address(words[3]);
    raw.source_port = static_cast<std::uint16_t>(size);
    for (const Filter& filter : {checked.value_or(Filter{}), raw}) {
        options.filter = filter;
        const auto plan = ios_xe::plan_of(options);
        if (!plan) {
            assert(!plan.error().field.empty());
            continue;
        }
        for (const auto kind : {ios_xe::Kind::router, ios_xe::Kind::catalyst}) {
            if (plan->name.empty()) break;
            for (const auto& line : ios_xe::typed_lines(ios_xe::setup(*plan, kind)))
                assert(ios_xe::is_typable(line) && !line.contains('|'));
        }
    }
    return 0;
}
