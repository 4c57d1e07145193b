#include "sink/spool_syncer.hpp"

#include <algorithm>
#include <system_error>

#include "base/log.hpp"
#include "sink/spool.hpp"

namespace xpc::sink {
namespace {

constexpr std::size_t most_threads = 4;

}  // namespace

SpoolSyncer::SpoolSyncer() {
    threads_.reserve(most_threads);
    threads_.emplace_back([this] { run(); });
}

SpoolSyncer::~SpoolSyncer() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    work_.notify_all();
}

void SpoolSyncer::want(Spool& spool) {
    const std::lock_guard lock(mutex_);
    const bool is_late =
        current_.size() == threads_.size() && base::Deadline::clock::now() > next_round_;
    if (is_late && threads_.size() < most_threads) call_for_help();
    if (std::ranges::find(wanted_, &spool) != wanted_.end()) return;
    wanted_.push_back(&spool);
    if (wanted_.size() == 1) work_.notify_one();  // with more, somebody waits for the next round
}

void SpoolSyncer::forget(const Spool& spool) {
    std::unique_lock lock(mutex_);
    take_out(spool);
    done_.wait(lock, [&] { return !is_current(&spool); });
    take_out(spool);  // it may have wanted to wait
}

void SpoolSyncer::take_out(const Spool& spool) {
    const auto place = std::ranges::find(wanted_, &spool);
    if (place == wanted_.end()) return;
    if (static_cast<std::size_t>(place - wanted_.begin()) < left_) --left_;
    wanted_.erase(place);
}

/// Those that come in during a round are for the next one.
void SpoolSyncer::run() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
        Spool* const spool = next();
        if (spool != nullptr) {
            lock.unlock();
            spool->sync();
            lock.lock();
            std::erase(current_, spool);
            done_.notify_all();
        } else if (wanted_.empty()) {
            work_.wait(lock);
        } else {
            work_.wait_until(lock, next_round_);
        }
    }
}

Spool* SpoolSyncer::next() {
    const auto now = base::Deadline::clock::now();
    if (left_ == 0 && !wanted_.empty() && now >= next_round_) {
        left_ = wanted_.size();
        next_round_ = now + pause;
        if (left_ > 1) work_.notify_all();
    }
    for (; left_ > 0; --left_) {
        Spool* const spool = wanted_.front();
        wanted_.pop_front();
        if (is_current(spool)) {  // of a round before: it takes long
            wanted_.push_back(spool);
            continue;
        }
        current_.push_back(spool);
        --left_;
        return spool;
    }
    return nullptr;
}

void SpoolSyncer::call_for_help() noexcept {
    try {
        threads_.emplace_back([this] { run(); });
    } catch (const std::system_error& failed) {  // fewer do the same, later
        base::log::warning("spool.no_thread_to_sync", {{"cause", failed.what()}});
    }
}

bool SpoolSyncer::is_current(const Spool* spool) const {
    return std::ranges::find(current_, spool) != current_.end();
}

}  // namespace xpc::sink
