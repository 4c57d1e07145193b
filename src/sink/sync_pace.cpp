#include "sink/sync_pace.hpp"

#include <algorithm>
#include <utility>

namespace xpc::sink {
namespace {

using Seconds = DiskFlush::Seconds;

// A sync of less is not worth being made out of turn: this, or half of the buffers. Where nobody
// knows what a flush takes, one of so much will tell, and is short enough.
constexpr std::size_t most_out_of_turn = std::size_t{16} << 20U;

// Of the buffers: what comes in during a flush and is not waited for; and what may come, where the
// rest is free.
constexpr double enough_need = 0.25;
constexpr double kept_free = 0.5;

// With more the disk falls behind.
constexpr double most_load = 0.9;

// In less time what comes in says nothing of how fast it comes.
constexpr std::chrono::milliseconds least_time{20};

// What came so long ago, and faster, will not come again.
constexpr std::chrono::seconds peak_lasts{1};

// How fast the disk wrote what was before so much is no matter.
constexpr double most_remembered_bytes = 64 << 20;

}  // namespace

void SyncPace::DirectWrites::add(std::size_t bytes, Seconds took) noexcept {
    bytes_ += static_cast<double>(bytes);
    took_ += took;
    if (bytes_ < most_remembered_bytes) return;
    bytes_ /= 2;
    took_ /= 2;
}

void SyncPace::wrote(const Write& write, Buffers buffers, base::Deadline now) {
    const std::lock_guard lock(mutex_);
    buffers_ = buffers;
    unflushed_.written += write.bytes;
    if (write.way == GrowingFile::Way::page_cache) {
        unflushed_.cached += write.bytes;
    } else {
        writing_ += write.took;
        direct_.add(write.bytes, write.took);
    }
    written_ += static_cast<double>(write.bytes);
    if (now - window_.at < least_time) return;
    const double arrived = written_ + static_cast<double>(buffers.out);
    const double rate = (arrived - window_.arrived) / Seconds(now - window_.at).count();
    window_ = {now, arrived};
    if (rate < peak_ && now - peak_at_ < peak_lasts) return;
    peak_ = std::max(rate, 0.0);
    peak_at_ = now;
}

bool SyncPace::would_tell() const noexcept {
    return !flush_.is_known() && unflushed_.cached == 0 &&
           unflushed_.written >= least_out_of_turn();
}

std::size_t SyncPace::least_out_of_turn() const noexcept {
    return std::min(most_out_of_turn, buffers_.bytes / 2);
}

double SyncPace::free_share() const noexcept {
    return 1 - static_cast<double>(buffers_.out) / static_cast<double>(buffers_.bytes);
}

SyncPace::Flush SyncPace::flush(base::Deadline now) const {
    if (unflushed_.written == 0) return {};
    const Seconds takes = flush_.of(unflushed_);
    const Seconds time = std::max<Seconds>(now - synced_, least_time);
    return {.need = peak_ * takes.count() / static_cast<double>(buffers_.bytes),
            .load = (writing_ + takes) / time};
}

bool SyncPace::is_due(base::Deadline now) const {
    const std::lock_guard lock(mutex_);
    if (syncs_ > 0 || unflushed_.written < least_out_of_turn()) return false;
    if (would_tell()) return true;
    const Flush one = flush(now);
    return one.need >= enough_need && one.load <= most_load && free_share() >= kept_free;
}

SyncPace::Turn SyncPace::next(base::Deadline now) {
    const std::lock_guard lock(mutex_);
    const Flush one = would_tell() ? Flush{} : flush(now);
    const double free = buffers_.bytes == 0 ? 1 : free_share();
    const bool is_in_the_way = one.need > std::max(free - kept_free, free / 4);
    const bool can_write = peak_ * direct_.seconds_per_byte() <= most_load;
    const bool is_later = is_in_the_way && one.load > most_load && now - round_ < longest;
    is_far_ = is_later && can_write && syncs_ == 0;
    if (is_later) return Turn::later;
    round_ = now;
    is_aside_ = is_in_the_way || (is_aside_ && syncs_ > 0);
    return is_in_the_way ? Turn::aside : Turn::now;
}

SyncPace::Sync SyncPace::begin_sync(base::Deadline now) {
    const std::lock_guard lock(mutex_);
    synced_ = now;
    writing_ = {};
    const bool is_alone = ++syncs_ == 1;
    return {.bytes = std::exchange(unflushed_, {}), .began = now, .is_alone = is_alone};
}

void SyncPace::end_sync(const Sync& sync, base::Deadline now) {
    const std::lock_guard lock(mutex_);
    if (--syncs_ == 0) is_aside_ = false;
    const bool does_tell = sync.bytes.written > 0 && sync.bytes.written >= least_out_of_turn();
    if (sync.is_alone) flush_.took(sync.bytes, now - sync.began, does_tell);
    last_sync_began_ = sync.began;
    last_sync_ended_ = now;
}

base::Deadline::duration SyncPace::behind_a_sync(base::Deadline began,
                                                 base::Deadline ended) const noexcept {
    const base::Deadline sync_ended = last_sync_ended_;
    const base::Deadline since = std::max<base::Deadline>(began, last_sync_began_);
    return sync_ended > since && sync_ended <= ended ? sync_ended - since
                                                     : base::Deadline::duration{};
}

}  // namespace xpc::sink
