#pragma once

#include <cstdint>
#include <functional>

#include "base/unique_fd.hpp"
#include "sink/part_pool.hpp"
#include "sink/spool.hpp"

namespace xpc::bench {

/// Fills a spool with all that comes out of `from`, as a capture does with its frames: in parts of
/// the pool, which writers bring to the disk. `on_progress` is told how much is there, and final.
/// Returns the size of it.
/// Errors:   Failure(io, disk_full, …).
/// Blocking: until `from` ends; while no part is free nothing is read.
[[nodiscard]] std::uint64_t copy_stream(base::Fd from, sink::Spool& spool, sink::PartPool& pool,
                                        const std::function<void(std::uint64_t)>& on_progress);

}  // namespace xpc::bench
