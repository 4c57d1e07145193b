#include <cassert>
#include <cstdint>

#include "capture/af_packet/block_walk.hpp"

using namespace xpc;

/// A ring block as the kernel never lays it out: no read leaves it, and the walk ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using pcap::LinkType;
    const std::span block(reinterpret_cast<const std::byte*>(bytes), size);
    for (const auto link : {LinkType::ethernet, LinkType::raw_ip, LinkType::linux_sll2}) {
        capture::af_packet::BlockWalk walk(block, link, 1500);
        std::uint64_t sum = 0;  // so that every byte is read
        std::uint64_t captured_bytes = 0;
        for (auto frame = walk.next(); frame && *frame; frame = walk.next()) {
            captured_bytes += (*frame)->captured_bytes;
            for (const auto& piece : (*frame)->pieces) {
                for (const auto byte : piece)
                    sum += static_cast<std::uint8_t>(byte);
            }
        }
        assert(sum <= captured_bytes * 255);
    }
    return 0;
}
