#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "sink/shared_sync.hpp"
#include "sink/sync_pace.hpp"

namespace xpc::sink {

class Spool;

/// The threads by which what spools have written outlives a power loss, soon after: fdatasync(2)
/// may take as long as the disk likes, and those who write go on meanwhile. Many spools are synced
/// together where that is less for the disk (SharedSync). Else there is one thread, and up to
/// three more as soon as a round is late, since there are many spools or one takes long: side by
/// side the calls share the commits of the file system's journal.
/// Shape:    all spools lie in one file system.
/// Lifetime: outlives the spools.
/// Threads:  any.
class SpoolSyncer {
public:
    /// From one round to the next, unless SyncPace says otherwise. With the 0.6 s that a recording
    /// may keep packets in memory it leaves the disk 0.2 s of the second that docs/operations.md
    /// promises.
    static constexpr std::chrono::milliseconds pause{200};

    SpoolSyncer();
    ~SpoolSyncer();
    SpoolSyncer(const SpoolSyncer&) = delete;
    SpoolSyncer& operator=(const SpoolSyncer&) = delete;
    SpoolSyncer(SpoolSyncer&&) = delete;
    SpoolSyncer& operator=(SpoolSyncer&&) = delete;

    /// Of the disk that all spools are on.
    [[nodiscard]] SyncPace& pace() noexcept { return pace_; }

    /// It is synced once, in the next round, by one thread at a time.
    void want(Spool& spool);

    /// It is not synced from here on. Blocks while it is.
    void forget(const Spool& spool);

private:
    void run();
    [[nodiscard]] std::vector<Spool*> next();
    void sync(std::span<Spool* const> spools);
    [[nodiscard]] bool sync_together(std::span<Spool* const> spools);
    [[nodiscard]] bool is_together_better(base::Deadline now) const;
    void take_out(const Spool& spool);
    void call_for_help() noexcept;
    [[nodiscard]] bool is_current(const Spool* spool) const;

    std::mutex mutex_;
    std::condition_variable work_;       ///< for the threads
    std::condition_variable done_;       ///< for those who forget
    std::deque<Spool*> wanted_;          ///< under mutex_, as are those below
    std::vector<const Spool*> current_;  ///< those whose turn it is
    std::size_t busy_ = 0;               ///< threads that sync
    SharedSync shared_;
    SyncPace pace_;
    base::Deadline next_round_;
    std::size_t left_ = 0;  ///< of wanted_, from its beginning: so many are of this round
    bool closed_ = false;
    std::vector<std::jthread> threads_;  // last: they use the members above
};

}  // namespace xpc::sink
