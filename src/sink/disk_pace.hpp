#pragma once

#include <atomic>
#include <cstddef>

#include "base/clock.hpp"
#include "sink/growing_file.hpp"

namespace xpc::sink {

class PartPool;
class SyncPace;

/// By which way a file is written: past the page cache, as long as the disk is as fast as what
/// comes in; through it, while a slow disk is not, and until that has caught up. The cache has room
/// where buffers have none, up to vm.dirty_ratio, but a copy costs more of the processor than a
/// direct write: where it is no faster than what comes in, the disk is the better way after all.
/// Threads: any may call what tells of syncs; the others one at a time.
class DiskPace {
public:
    /// `syncs`: of the disk that the file is on; outlives this.
    explicit DiskPace(const SyncPace& syncs) : syncs_(syncs) {}

    /// For what is written next, of parts from `pool`.
    [[nodiscard]] GrowingFile::Way choose(const PartPool& pool, base::Deadline now);

    /// So much was written the way that was chosen, which took so long. Returns what of that was
    /// not spent behind a sync.
    base::Deadline::duration wrote(std::size_t bytes, base::Deadline::duration took) noexcept;

    /// What was written before is synced now, until synced().
    void sync_begins() noexcept;

    /// All that was written before it began is on the disk, which took so long.
    void synced(base::Deadline::duration took) noexcept;

private:
    [[nodiscard]] bool may_turn_back(const PartPool& pool) const noexcept;
    void turn(GrowingFile::Way way) noexcept;

    const SyncPace& syncs_;
    GrowingFile::Way way_ = GrowingFile::Way::direct;
    std::size_t bytes_this_way_ = 0;
    bool is_disk_slow_ = false;
    bool stands_aside_ = false;  ///< of a sync: what was chosen is not way_
    base::Deadline began_;       ///< to write what was chosen for last
    base::Deadline direct_until_;
    std::atomic<unsigned> syncs_this_way_ = 0;  ///< that began
    std::atomic<bool> has_caught_up_ = false;
};

}  // namespace xpc::sink
