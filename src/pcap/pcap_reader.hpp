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

/// Walks the records of a file that this program was writing when it was killed; what follows the
/// last complete record does not count.
/// Shape:  `file` is the whole file, pcap or pcapng, of this machine's byte order.
/// Errors: corrupt, when it does not begin with a complete pcap header, or section header and
///         interface description.
[[nodiscard]] base::Result<Extent> whole_extent(std::span<const std::byte> file);

}  // namespace xpc::pcap
