#include "sink/spool_syncer.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "sink/spool.hpp"

namespace xpc::sink {

SpoolSyncer::SpoolSyncer() : thread_([this] { run(); }) {}

SpoolSyncer::~SpoolSyncer() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

void SpoolSyncer::want(Spool& spool) {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(wanted_, &spool) != wanted_.end()) return;
    wanted_.push_back(&spool);
    if (wanted_.size() == 1) changed_.notify_all();
}

void SpoolSyncer::forget(const Spool& spool) {
    std::unique_lock lock(mutex_);
    std::erase(wanted_, &spool);
    changed_.wait(lock, [&] { return current_ != &spool; });
}

void SpoolSyncer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return closed_ || !wanted_.empty(); });
        if (closed_) return;
        const auto next_round = base::in(pause);
        // those that come in meanwhile are for the next round
        for (std::size_t left = wanted_.size(); left > 0 && !wanted_.empty(); --left) {
            Spool* const spool = wanted_.front();
            wanted_.pop_front();
            current_ = spool;
            lock.unlock();
            spool->sync();
            lock.lock();
            current_ = nullptr;
            changed_.notify_all();
        }
        changed_.wait_until(lock, next_round, [this] { return closed_; });
    }
}

}  // namespace xpc::sink
