#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

#include "base/clock.hpp"
#include "sink/growing_file.hpp"

namespace xpc::sink {

class DiskFlush;

/// When what a spool has written is synced. On some disks a write stands behind a flush for as long
/// as that takes, which may be half of the time in which came what is flushed; and what comes in
/// meanwhile needs room in the buffers. So it is synced in each round of the syncer, and before it,
/// as soon as so much is written that its flush needs a quarter of them. What comes so fast that
/// the disk has no time for flushes waits until less comes in, or until the file system's journal
/// flushes the disk in any case.
/// Threads: any.
class SyncPace {
public:
    /// ext4's `commit`, ext4(5): its journal flushes the disk so often.
    static constexpr std::chrono::seconds longest{5};

    enum class Turn {
        later,  ///< the disk has no time for it
        now,
        aside,  ///< now, and what is written meanwhile had better not wait for it
    };

    struct Write {
        std::size_t bytes = 0;
        base::Deadline::duration took{};  ///< without what it stood behind a sync
        GrowingFile::Way way = GrowingFile::Way::direct;
    };

    /// Those that what is to be written waits in.
    struct Buffers {
        std::size_t bytes = 0;
        bool are_half_full = false;
    };

    /// `flush`: of the disk that the file is on; outlives this.
    explicit SyncPace(DiskFlush& flush) : flush_(flush) {}

    /// Of that file, just now.
    void wrote(const Write& write, Buffers buffers);

    /// The next round should not be waited for.
    [[nodiscard]] bool is_due(base::Deadline now) const;

    /// In each round in which it may be synced, and has been written to, and when it is due.
    [[nodiscard]] Turn next(base::Deadline now);

    /// The sync that was to be made `now`, or `aside`, took so long.
    void synced(base::Deadline::duration took);

    /// Likewise, with others' files: how long that took says nothing of this one.
    void synced_with_others();

private:
    /// What a flush from now on would be.
    struct Flush {
        std::size_t bytes = 0;
        double room = 0;  ///< of the buffers, the share that what comes in meanwhile needs
        double load = 0;  ///< the share of the time in which the disk writes, or flushes
    };

    /// What it takes to write a byte past the page cache, lately.
    class Writing {
    public:
        void add(std::size_t bytes, base::Deadline::duration took) noexcept;

        [[nodiscard]] double seconds_per_byte() const noexcept {
            return bytes_ > 0 ? seconds_ / bytes_ : 0;
        }

    private:
        double bytes_ = 0;
        double seconds_ = 0;
    };

    [[nodiscard]] Flush flush(base::Deadline now) const;
    [[nodiscard]] bool has_time_for(const Flush& one) const;

    DiskFlush& flush_;
    mutable std::mutex mutex_;  // all below are under it
    Buffers buffers_;
    Writing writing_;
    std::size_t bytes_since_turn_ = 0;
    std::size_t bytes_before_turn_ = 0;  ///< that are not synced
    base::Deadline turn_;                ///< when next() was last called
    base::Deadline sync_;                ///< when the last one began
    bool is_cached_ = false;             ///< some of what is not synced is in the page cache
    bool is_syncing_ = false;            ///< and then, of what is synced:
    std::size_t bytes_in_sync_ = 0;
    bool was_cached_ = false;
    base::Deadline::duration came_in_{};
    bool is_behind_ = false;  ///< the disk, with what is in the page cache
};

}  // namespace xpc::sink
