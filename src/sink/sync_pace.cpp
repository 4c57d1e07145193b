#include "sink/sync_pace.hpp"

#include <algorithm>
#include <utility>

#include "sink/disk_flush.hpp"

namespace xpc::sink {
namespace {

using Seconds = DiskFlush::Seconds;

// A sync of less is not worth being made out of turn. Where nobody knows what a flush takes, one of
// so much will tell, and is short enough.
constexpr std::size_t least_out_of_turn = std::size_t{16} << 20U;

// Of the buffers: what may come in during a flush, and what it is not waited for.
constexpr double most_room = 0.5;
constexpr double enough_room = 0.25;

// With more the disk falls behind.
constexpr double most_load = 0.9;

// What came in less says nothing of how fast it comes.
constexpr std::chrono::milliseconds least_time{1};

// A sync that takes no longer is as good as one in each round.
constexpr std::chrono::milliseconds least_behind{200};

// Bytes: how fast a disk was before that is no matter.
constexpr double most_remembered = 64 << 20;

}  // namespace

void SyncPace::Writing::add(std::size_t bytes, base::Deadline::duration took) noexcept {
    bytes_ += static_cast<double>(bytes);
    seconds_ += Seconds(took).count();
    if (bytes_ < most_remembered) return;
    bytes_ /= 2;
    seconds_ /= 2;
}

void SyncPace::wrote(const Write& write, Buffers buffers) {
    const std::lock_guard lock(mutex_);
    bytes_since_turn_ += write.bytes;
    buffers_ = buffers;
    if (write.way == GrowingFile::Way::page_cache) {
        is_cached_ = true;
    } else {
        writing_.add(write.bytes, write.took);
    }
}

SyncPace::Flush SyncPace::flush(base::Deadline now) const {
    const std::size_t bytes = bytes_before_turn_ + bytes_since_turn_;
    const bool would_tell = bytes >= least_out_of_turn && !flush_.is_known();
    if (bytes == 0 || would_tell) return {.bytes = bytes};
    const Seconds time = std::max<Seconds>(now - turn_, least_time);
    const double rate = static_cast<double>(bytes_since_turn_) / time.count();
    const double takes = flush_.of(bytes).count();
    const double flushing = takes / static_cast<double>(bytes);
    return {.bytes = bytes,
            .room = rate * takes / static_cast<double>(buffers_.bytes),
            .load = rate * (writing_.seconds_per_byte() + flushing)};
}

bool SyncPace::is_due(base::Deadline now) const {
    const std::lock_guard lock(mutex_);
    if (is_syncing_) return false;
    const Flush one = flush(now);
    if (one.bytes < least_out_of_turn) return false;
    return !flush_.is_known() || (has_time_for(one) && one.room >= enough_room);
}

bool SyncPace::has_time_for(const Flush& one) const {
    return one.load <= most_load && !is_behind_;
}

SyncPace::Turn SyncPace::next(base::Deadline now) {
    const std::lock_guard lock(mutex_);
    const Flush one = flush(now);
    turn_ = now;
    bytes_before_turn_ += std::exchange(bytes_since_turn_, 0);
    const bool is_in_the_way = one.room > (buffers_.are_half_full ? enough_room : most_room);
    if (is_in_the_way && !has_time_for(one) && now - sync_ < longest) return Turn::later;
    came_in_ = now - std::exchange(sync_, now);
    is_syncing_ = true;
    bytes_in_sync_ = std::exchange(bytes_before_turn_, 0);
    was_cached_ = std::exchange(is_cached_, false);
    return is_in_the_way ? Turn::aside : Turn::now;
}

void SyncPace::synced(base::Deadline::duration took) {
    const std::lock_guard lock(mutex_);
    is_syncing_ = false;
    is_behind_ = was_cached_ && took > came_in_ && took > least_behind;
    if (!was_cached_) flush_.took(bytes_in_sync_, took);
}

void SyncPace::synced_with_others() {
    const std::lock_guard lock(mutex_);
    is_syncing_ = false;
    is_behind_ = false;
}

}  // namespace xpc::sink
