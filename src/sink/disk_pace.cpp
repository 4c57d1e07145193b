#include "sink/disk_pace.hpp"

#include <chrono>

#include "sink/part_pool.hpp"
#include "sink/spool_syncer.hpp"
#include "sink/sync_pace.hpp"

namespace xpc::sink {
namespace {

using Duration = base::Deadline::duration;

// Bytes a second. A copy into the page cache, and what the kernel does to write it, takes half a
// second of a processor for each GB: a disk that is faster than this leaves less to gain than that
// costs.
constexpr double fast_disk = 500e6;

// What a disk may take for any write, however small: that says how busy it is, and not how fast.
// Fifty captures that are written four times a second have small ones, and half of the parts out.
constexpr std::chrono::milliseconds any_write{5};

// A disk that writes what came in since the last round in half of the time, or less, has no more to
// write than that, and can do it.
constexpr auto caught_up_within = SpoolSyncer::pause / 2;

// One that began as a file turned to the cache, or just after, had nothing to write, or little. The
// next one has what has come in since.
constexpr unsigned first_telling_sync = 2;

// Before the cache is tried again where it did not help.
constexpr std::chrono::seconds pause{1};

}  // namespace

GrowingFile::Way DiskPace::choose(const PartPool& pool, base::Deadline now) {
    began_ = now;
    stands_aside_ = syncs_.is_aside();
    if (stands_aside_) return GrowingFile::Way::page_cache;
    if (way_ == GrowingFile::Way::direct) {
        if (is_disk_slow_ && pool.is_half_out() && now >= direct_until_) {
            turn(GrowingFile::Way::page_cache);
        }
    } else if (bytes_this_way_ >= pool.bytes() && pool.is_scarce()) {
        // all that waited has been copied, and as much has come in meanwhile
        direct_until_ = now + pause;
        turn(GrowingFile::Way::direct);
    } else if (may_turn_back(pool) && !pool.is_half_out()) {
        turn(GrowingFile::Way::direct);
    }
    return way_;
}

Duration DiskPace::wrote(std::size_t bytes, Duration took) noexcept {
    // what it stood behind a flush is no matter of how fast the disk writes
    const Duration own = took - syncs_.behind_a_sync(began_, began_ + took);
    if (stands_aside_) return own;
    bytes_this_way_ += bytes;
    if (way_ != GrowingFile::Way::direct) return own;
    const double seconds = std::chrono::duration<double>(own).count();
    is_disk_slow_ = own > any_write && static_cast<double>(bytes) < fast_disk * seconds;
    return own;
}

/// The disk has nothing else to write, or does not do so now.
bool DiskPace::may_turn_back(const PartPool& pool) const noexcept {
    return has_caught_up_ || (syncs_.is_far() && bytes_this_way_ >= pool.bytes());
}

void DiskPace::sync_begins() noexcept {
    ++syncs_this_way_;
}

void DiskPace::synced(Duration took) noexcept {
    has_caught_up_ = syncs_this_way_ >= first_telling_sync && took <= caught_up_within;
}

void DiskPace::turn(GrowingFile::Way way) noexcept {
    way_ = way;
    bytes_this_way_ = 0;
    syncs_this_way_ = 0;
    has_caught_up_ = false;
}

}  // namespace xpc::sink
