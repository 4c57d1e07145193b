#include <cassert>
#include <cstdint>

#include "capture/ios_xe/terminal.hpp"

using namespace xpc::capture::ios_xe;

/// Whatever comes from a device's terminal: what is shown has no control characters, and the answer
/// is a part of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view raw(reinterpret_cast<const char*>(bytes), size);
    const auto shown = rendered(raw);
    for (const char c : shown)
        assert(c == '\n' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f'));
    [[maybe_unused]] const auto candidate = prompt_candidate(shown);
    const auto tail = tail_of(shown, "r1");
    assert(tail.line.size() <= shown.size());
    assert(answer_in(shown, "show", "r1").size() <= shown.size() + 2);
    return 0;
}
