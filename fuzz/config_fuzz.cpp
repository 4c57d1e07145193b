#include <cassert>
#include <cstdint>
#include <string_view>

#include "daemon/config.hpp"

/// A configuration file: read, or refused with a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto config = xpc::daemon::parse_config(text, "fuzz.toml",
                                                  [](const std::string&) { return std::nullopt; });
    assert(config || !config.error().message.empty());
    return 0;
}
