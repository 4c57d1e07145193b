#include <cassert>
#include <cstdint>

#include "capture/af_packet/block_walk.hpp"

using namespace xpc;

/// A ring block as the kernel never lays it out: no read leaves it, and the walk ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using capture::af_packet::BlockWalk;
    using pcap::LinkType;
    BlockWalk walk({reinterpret_cast<const std::byte*>(bytes), size});
    capture::af_packet::AddedBytes added{};
    while (walk.next() == BlockWalk::Step::frame) {
        for (const auto link : {LinkType::ethernet, LinkType::raw_ip, LinkType::linux_sll2}) {
            const auto frame = capture::af_packet::view(walk.raw(), link, 1500, added);
            std::uint64_t sum = 0;  // so that every byte is read
            for (const auto& piece : frame.pieces) {
                for (const auto byte : piece)
                    sum += static_cast<std::uint8_t>(byte);
            }
            assert(sum <= frame.captured_bytes * 255ULL);
        }
    }
    return 0;
}
