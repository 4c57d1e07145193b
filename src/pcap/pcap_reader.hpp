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

/// A file to be walked. What can not be read of it is as if it ended there.
class FileBytes {
public:
    FileBytes() = default;
    virtual ~FileBytes() = default;
    FileBytes(const FileBytes&) = delete;
    FileBytes& operator=(const FileBytes&) = delete;
    FileBytes(FileBytes&&) = delete;
    FileBytes& operator=(FileBytes&&) = delete;

    /// `length` bytes from `offset` on, or as many as there are.
    /// Lifetime: until the next call.
    [[nodiscard]] virtual std::span<const std::byte> at(std::uint64_t offset,
                                                        std::size_t length) = 0;
};

/// Walks the records of a file that this program has written, or was writing when it was killed, up
/// to the first one that is not as it writes them: not complete, or damaged in what a reader goes
/// by. Damage within a packet's bytes, or its time, can not be seen.
/// Shape:  `file` is the whole file, pcap or pcapng, of this machine's byte order.
/// Errors: corrupt, when it does not begin with a complete pcap header, or section header and
///         interface description.
[[nodiscard]] base::Result<Extent> whole_extent(FileBytes& file);
[[nodiscard]] base::Result<Extent> whole_extent(std::span<const std::byte> file);

}  // namespace xpc::pcap
