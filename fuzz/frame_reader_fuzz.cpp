#include <cassert>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

#include "pcap/frame_reader.hpp"

using namespace xpc;

/// A capture file of somebody else: its frames lie within it, and it ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    auto file = base::UniqueFd::adopt(::memfd_create("frames", MFD_CLOEXEC));
    if (::write(file.raw(), bytes, size) != static_cast<ssize_t>(size)) return 0;
    auto reader = pcap::FrameReader::open(std::move(file));
    if (!reader) return 0;
    std::size_t sum = 0;
    for (;;) {
        const auto frames = reader->next();
        if (!frames || frames->empty()) break;
        for (const auto& frame : *frames) {
            assert(frame.pieces[0].size() == frame.captured_bytes);
            assert(frame.captured_bytes <= frame.wire_bytes);
            sum += sizeof(pcap::RecordHeader) + frame.captured_bytes;
        }
    }
    assert(sum <= size);
    return 0;
}
