#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace xpc::sink {

/// What flushes of a disk take, as one file has told all others on it.
/// Threads: any.
struct DiskFlush {
    std::atomic<double> seconds_per_byte = 1e-9;  ///< until one was seen, of a middling disk
    std::atomic<bool> is_seen = false;
};

/// When what a spool has written is synced: in each round of the syncer, as long as what comes in
/// during a flush has room in the buffers. On some disks a write stands behind a flush for as long
/// as that takes, which are 100 ms of what has come in 200: then it waits until less comes in, or
/// until the file system's journal flushes the disk in any case.
/// Threads: one at a time, but for wrote() and would_tell() beside the others.
class SyncPace {
public:
    /// ext4's `commit`, ext4(5): its journal flushes the disk so often.
    static constexpr std::chrono::seconds longest{5};

    enum class Turn {
        later,  ///< it would be in the way
        now,
        at_last  ///< it will be in the way, but has waited for so long
    };

    /// `flush`: of the disk that the file is on; outlives this.
    explicit SyncPace(DiskFlush& flush) : flush_(flush) {}

    /// So much was written, while so much may wait for the disk.
    void wrote(std::size_t bytes, std::size_t room) noexcept;

    /// That nobody knows what a flush takes, and that one now would tell, before there is so much
    /// to flush that it might be in the way: the round should not be waited for.
    [[nodiscard]] bool would_tell() const noexcept;

    /// In each round in which it may be synced, and has been written to.
    [[nodiscard]] Turn next(base::Deadline now) noexcept;

    /// The sync after `now` or `at_last` took so long.
    void synced(base::Deadline::duration took) noexcept;

    /// Likewise, with others' files: how long that took says nothing of this one.
    void synced_with_others() noexcept { unsynced_ = 0; }

private:
    DiskFlush& flush_;
    std::atomic<std::size_t> bytes_since_round_ = 0;
    std::atomic<std::size_t> room_ = 0;
    base::Deadline round_;
    base::Deadline sync_;       ///< when the last one began
    std::size_t unsynced_ = 0;  ///< of all rounds before this
};

}  // namespace xpc::sink
