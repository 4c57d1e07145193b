#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace xpc::sink {

class Spool;

/// The thread by which what spools have written outlives a power loss, soon after: fdatasync(2) may
/// take as long as the disk likes, and those who write go on meanwhile.
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

    /// Spool::sync() is called for it once, in the next round.
    void want(Spool& spool);

    /// It is not called from here on. Blocks while it is.
    void forget(const Spool& spool);

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Spool*> wanted_;       ///< under mutex_, as are those below
    const Spool* current_ = nullptr;  ///< the one whose turn it is
    bool closed_ = false;
    std::jthread thread_;  // last: it uses the members above
};

}  // namespace xpc::sink
