#include "sink/spool_syncer.hpp"

#include <algorithm>
#include <system_error>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "sink/spool.hpp"
#include "sink/unwritten.hpp"

namespace xpc::sink {
namespace {

constexpr std::size_t most_threads = 4;

}  // namespace

SpoolSyncer::SpoolSyncer() : pace_(base::Deadline::clock::now()) {
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
    const auto now = base::Deadline::clock::now();
    const bool is_late = busy_ == threads_.size() && now > next_round_;
    if (is_late && threads_.size() < most_threads) call_for_help();
    const bool is_new = std::ranges::find(wanted_, &spool) == wanted_.end();
    if (is_new) wanted_.push_back(&spool);
    const bool is_due = left_ == 0 && pace_.is_due(now);
    if (is_due) next_round_ = now;
    // with more than one, somebody waits for the next round
    if (is_due || (is_new && wanted_.size() == 1)) work_.notify_one();
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
    base::name_thread("spool syncer");
    std::unique_lock lock(mutex_);
    while (!closed_) {
        if (const auto spools = next(); !spools.empty()) {
            ++busy_;
            lock.unlock();
            sync(spools);
            lock.lock();
            --busy_;
            std::erase_if(current_, [&](const Spool* one) {
                return std::ranges::find(spools, one) != spools.end();
            });
            done_.notify_all();
        } else if (wanted_.empty()) {
            work_.wait(lock);
        } else {
            work_.wait_until(lock, next_round_);
        }
    }
}

/// One whose turn it is, or all of a round; none when there is nothing to do now.
std::vector<Spool*> SpoolSyncer::next() {
    std::size_t most = 1;
    const auto now = base::Deadline::clock::now();
    if (left_ == 0 && !wanted_.empty() && now >= next_round_) {
        next_round_ = now + pause;
        if (pace_.next(now) == SyncPace::Turn::later) return {};
        left_ = wanted_.size();
        if (is_together_better(now)) most = left_;
        if (left_ > most) work_.notify_all();
    }
    std::vector<Spool*> spools;
    for (; left_ > 0 && spools.size() < most; --left_) {
        Spool* const spool = wanted_.front();
        wanted_.pop_front();
        if (is_current(spool)) {  // of a round before: it takes long
            wanted_.push_back(spool);
        } else {
            current_.push_back(spool);
            spools.push_back(spool);
        }
    }
    return spools;
}

bool SpoolSyncer::is_together_better(base::Deadline now) const {
    if (!shared_.is_worth_it(left_, now)) return false;
    const auto unwritten = unwritten_bytes();
    return unwritten && *unwritten <= SharedSync::most_unwritten;
}

void SpoolSyncer::sync(std::span<Spool* const> spools) {
    for (Spool* one : spools)
        one->sync_begins();
    if (spools.size() > 1 && sync_together(spools)) return;
    for (Spool* one : spools)
        one->sync();
}

/// False when some were not written, whichever.
bool SpoolSyncer::sync_together(std::span<Spool* const> spools) {
    const auto began = base::Deadline::clock::now();
    const bool done = spools.front()->sync_file_system();
    const auto now = base::Deadline::clock::now();
    {
        const std::lock_guard lock(mutex_);
        shared_.took(now - began, now);
    }
    if (!done) return false;
    for (Spool* one : spools)
        one->synced_with_others(now - began);
    return true;
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
