#pragma once

#include <cstdint>
#include <istream>
#include <optional>

namespace xpc::sink {

/// What all file systems together have in the page cache and not yet on a disk. Nothing where the
/// kernel's numbers are hidden from us.
[[nodiscard]] std::optional<std::uint64_t> unwritten_bytes();

/// Of a /proc/meminfo, or of a node's under /sys/devices/system/node: `Dirty` and `Writeback`.
/// Nothing where it does not say so.
/// Source: proc(5)
[[nodiscard]] std::optional<std::uint64_t> unwritten_bytes(std::istream& meminfo);

}  // namespace xpc::sink
