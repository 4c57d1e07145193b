#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.hpp"

namespace xpc::sink {

class Spool;

/// The threads by which what spools have written outlives a power loss, soon after: fdatasync(2)
/// may take as long as the disk likes, and those who write go on meanwhile. There is one, and up to
/// three more as soon as a round is late, since there are many spools or one takes long: side by
/// side the calls share the commits of the file system's journal.
/// Lifetime: outlives the spools.
/// Threads:  any.
class SpoolSyncer {
public:
    /// From one round to the next. With the half second that a recording may keep packets in memory
    /// it leaves the disk 300 ms of the second that docs/operations.md promises.
    static constexpr std::chrono::milliseconds pause{200};

    SpoolSyncer();
    ~SpoolSyncer();
    SpoolSyncer(const SpoolSyncer&) = delete;
    SpoolSyncer& operator=(const SpoolSyncer&) = delete;
    SpoolSyncer(SpoolSyncer&&) = delete;
    SpoolSyncer& operator=(SpoolSyncer&&) = delete;

    /// Spool::sync() is called for it once, in the next round, by one thread at a time; there too,
    /// by a spool that leaves it for later.
    void want(Spool& spool);

    /// It is not called from here on. Blocks while it is.
    void forget(const Spool& spool);

private:
    void run();
    [[nodiscard]] Spool* next();
    void take_out(const Spool& spool);
    void call_for_help() noexcept;
    [[nodiscard]] bool is_current(const Spool* spool) const;

    std::mutex mutex_;
    std::condition_variable work_;       ///< for the threads
    std::condition_variable done_;       ///< for those who forget
    std::deque<Spool*> wanted_;          ///< under mutex_, as are those below
    std::vector<const Spool*> current_;  ///< those whose turn it is, one for each thread
    base::Deadline next_round_;
    std::size_t left_ = 0;  ///< of wanted_, from its beginning: so many are of this round
    bool closed_ = false;
    std::vector<std::jthread> threads_;  // last: they use the members above
};

}  // namespace xpc::sink
