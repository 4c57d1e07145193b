#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>

#include "base/clock.hpp"
#include "sink/disk_flush.hpp"
#include "sink/growing_file.hpp"

namespace xpc::sink {

/// When what all spools on a disk have written is synced. On some disks a write stands behind a
/// flush for as long as that takes, which may be half of the time in which came what is flushed;
/// and what comes in meanwhile needs room in the buffers. So there is a round of syncs after a
/// pause, and before its end, as soon as so much is written that its flush needs a quarter of the
/// buffers. What comes so fast that the disk has no time for flushes waits until less comes in, or
/// until the file system's journal flushes the disk in any case.
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
        std::size_t out = 0;  ///< of them, being filled or written
    };

    struct Sync {
        DiskFlush::Bytes bytes;  ///< that it flushes
        base::Deadline began;
        bool is_alone = true;  ///< and so tells what a flush takes
    };

    explicit SyncPace(base::Deadline now) : window_{now}, round_(now), synced_(now) {}

    /// Of any spool.
    void wrote(const Write& write, Buffers buffers, base::Deadline now);

    /// The next round should not be waited for.
    [[nodiscard]] bool is_due(base::Deadline now) const;

    /// A round could begin.
    [[nodiscard]] Turn next(base::Deadline now);

    /// One sync, of those of a round.
    [[nodiscard]] Sync begin_sync(base::Deadline now);
    void end_sync(const Sync& sync, base::Deadline now);

    /// A direct write would wait for a sync, longer than buffers can.
    [[nodiscard]] bool is_aside() const noexcept { return is_aside_; }

    /// No sync is near: next() said so.
    [[nodiscard]] bool is_far() const noexcept { return is_far_; }

    /// Of a write between the two, the time in which there was a sync that ended.
    [[nodiscard]] base::Deadline::duration behind_a_sync(base::Deadline began,
                                                         base::Deadline ended) const noexcept;

private:
    /// What had come in by when.
    struct Mark {
        base::Deadline at;
        double arrived = 0;  ///< bytes: written, or waiting in the buffers
    };

    /// What a flush from now on would be.
    struct Flush {
        double need = 0;  ///< of the buffers, the share that what comes in meanwhile takes
        double load =
            0;  ///< of the time since the last one, the share that it and direct writes take
    };

    /// What direct writes take, lately.
    class DirectWrites {
    public:
        void add(std::size_t bytes, DiskFlush::Seconds took) noexcept;

        [[nodiscard]] double seconds_per_byte() const noexcept {
            return bytes_ > 0 ? took_.count() / bytes_ : 0;
        }

    private:
        double bytes_ = 0;
        DiskFlush::Seconds took_{};
    };

    [[nodiscard]] bool would_tell() const noexcept;
    [[nodiscard]] Flush flush(base::Deadline now) const;
    [[nodiscard]] double free_share() const noexcept;
    [[nodiscard]] std::size_t least_out_of_turn() const noexcept;

    mutable std::mutex mutex_;  // those up to the atomic ones are under it
    DiskFlush flush_;
    DirectWrites direct_;
    Buffers buffers_;
    double written_ = 0;  ///< bytes, of all spools
    Mark window_;         ///< the rate is looked at from here on
    double peak_ = 0;     ///< bytes a second, the highest of such rates, lately
    base::Deadline peak_at_;
    base::Deadline round_;   ///< when next() last said that there should be one
    base::Deadline synced_;  ///< when the last sync began; and since then:
    DiskFlush::Bytes unflushed_;
    DiskFlush::Seconds writing_{};  ///< the time that direct writes took
    std::size_t syncs_ = 0;         ///< that are under way

    std::atomic<bool> is_aside_ = false;
    std::atomic<bool> is_far_ = false;
    std::atomic<base::Deadline> last_sync_began_ = base::Deadline{};
    std::atomic<base::Deadline> last_sync_ended_ = base::Deadline{};
};

}  // namespace xpc::sink
