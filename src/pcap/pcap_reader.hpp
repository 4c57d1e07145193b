#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.hpp"

namespace xpc::pcap {

/// How much of a capture file is whole.
struct Extent {
    std::uint64_t whole_bytes = 0;  ///< the head and all records that are complete
    std::uint64_t frames = 0;
};

/// Walks the records of a file that this program has written, or was writing when it was killed, up
/// to the first one that is not as it writes them: not complete, or damaged in what a reader goes
/// by. Damage within a packet's bytes, or its time, can not be seen.
/// Shape:  `file` is the whole file, pcap or pcapng, of this machine's byte order.
/// Errors: corrupt, when it does not begin with a complete pcap header, or section header and
///         interface description.
[[nodiscard]] base::Result<Extent> whole_extent(std::span<const std::byte> file);

}  // namespace xpc::pcap
