#include <cassert>
#include <cstdint>

#include "pcap/pcap_reader.hpp"

/// What is left of a file after a crash: the whole part is within it, and whole again by itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::span file(reinterpret_cast<const std::byte*>(bytes), size);
    if (const auto extent = xpc::pcap::whole_extent(file)) {
        assert(extent->whole_bytes <= size);
        const auto again = xpc::pcap::whole_extent(file.first(extent->whole_bytes));
        assert(again && again->frames == extent->frames);
    }
    return 0;
}
