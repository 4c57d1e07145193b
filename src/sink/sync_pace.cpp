#include "sink/sync_pace.hpp"

namespace xpc::sink {
namespace {

using Seconds = std::chrono::duration<double>;

// What a flush of less takes says nothing of what one of more would.
constexpr std::size_t least_telling = std::size_t{16} << 20U;

}  // namespace

void SyncPace::wrote(std::size_t bytes, std::size_t room) noexcept {
    bytes_since_round_ += bytes;
    room_ = room;
}

bool SyncPace::would_tell() const noexcept {
    return bytes_since_round_ >= least_telling && !flush_.is_seen;
}

SyncPace::Turn SyncPace::next(base::Deadline now) noexcept {
    const std::size_t bytes = bytes_since_round_.exchange(0);
    unsynced_ += bytes;
    const double rate = static_cast<double>(bytes) / Seconds(now - round_).count();
    round_ = now;
    const double flush_seconds = static_cast<double>(unsynced_) * flush_.seconds_per_byte;
    const bool is_in_the_way = rate * flush_seconds > static_cast<double>(room_.load());
    const bool has_waited = now - sync_ >= longest;
    if (is_in_the_way && !has_waited) return Turn::later;
    sync_ = now;
    return is_in_the_way ? Turn::at_last : Turn::now;
}

void SyncPace::synced(base::Deadline::duration took) noexcept {
    if (unsynced_ >= least_telling) {
        flush_.seconds_per_byte = Seconds(took).count() / static_cast<double>(unsynced_);
        flush_.is_seen = true;
    }
    unsynced_ = 0;
}

}  // namespace xpc::sink
