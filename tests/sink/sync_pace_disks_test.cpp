#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "sink/spool_syncer.hpp"
#include "sink/sync_pace.hpp"

using namespace xpc;
using namespace xpc::sink;
using namespace std::chrono_literals;

namespace {

using Time = std::chrono::microseconds;

/// All of its requests are served one after the other.
struct Disk {
    std::string name;
    double gigabytes_written = 0;  ///< a second, as are these
    double gigabytes_flushed = 0;
    Time any_flush{};

    [[nodiscard]] static Time time(double bytes, double gigabytes) {
        return Time(static_cast<std::int64_t>(bytes / gigabytes / 1e3));
    }
};

struct Seen {
    Time longest_at_risk{};  ///< until what had been written was synced
    double most_waiting = 0;
    bool is_lost = false;
};

/// A capture that comes at one rate, and what becomes of it.
class Capture {
public:
    Capture(const Disk& disk, double gigabytes)
        : disk_(disk), bytes_a_step_(gigabytes * 1e3 * step.count()) {}

    Seen run(Time duration) {
        for (; now_ < duration; now_ += step) {
            waiting_ += bytes_a_step_;
            seen_.most_waiting = std::max(seen_.most_waiting, waiting_);
            if (waiting_ > buffers) seen_.is_lost = true;
            if (is_flushing_ && now_ >= disk_free_) end_flush();
            if (is_writing_ && now_ >= disk_free_) end_write();
            if (now_ % SpoolSyncer::pause < step) ask();
            serve();
        }
        return seen_;
    }

private:
    static constexpr Time step{100};
    static constexpr double buffers = 40e6;
    static constexpr double write_bytes = 4e6;

    [[nodiscard]] base::Deadline clock() const { return base::Deadline(1h) + now_; }

    void ask() {
        if (is_flushing_ || is_wanted_) return;
        const auto turn = pace_.next(clock());
        is_wanted_ = turn != SyncPace::Turn::later;
    }

    /// What it is to do next, if it has time; the page cache always has.
    void serve() {
        if (pace_.is_aside() && waiting_ >= write_bytes && !is_writing_) {
            cached_ += waiting_;
            wrote(waiting_, Time{0}, GrowingFile::Way::page_cache);
        }
        if (is_writing_ || is_flushing_) return;
        if (is_wanted_) {
            is_wanted_ = false;
            is_flushing_ = true;
            flushed_ = now_;
            sync_ = pace_.begin_sync(clock());
            disk_free_ = now_ + disk_.any_flush +
                         Disk::time(unflushed_ + cached_, disk_.gigabytes_flushed) +
                         Disk::time(cached_, disk_.gigabytes_written);
            unflushed_ = cached_ = 0;
        } else if (waiting_ >= write_bytes) {
            is_writing_ = true;
            disk_free_ = now_ + Disk::time(write_bytes, disk_.gigabytes_written);
        }
    }

    void end_write() {
        is_writing_ = false;
        unflushed_ += write_bytes;
        wrote(write_bytes, Disk::time(write_bytes, disk_.gigabytes_written),
              GrowingFile::Way::direct);
    }

    void wrote(double bytes, Time took, GrowingFile::Way way) {
        waiting_ -= bytes;
        pace_.wrote({static_cast<std::size_t>(bytes), took, way},
                    {static_cast<std::size_t>(buffers), static_cast<std::size_t>(waiting_)},
                    clock());
        if (pace_.is_due(clock())) ask();
    }

    void end_flush() {
        is_flushing_ = false;
        pace_.end_sync(sync_, clock());
        if (begun_ > Time{0}) {
            seen_.longest_at_risk = std::max(seen_.longest_at_risk, now_ - begun_);
        }
        begun_ = flushed_;
    }

    Disk disk_;
    double bytes_a_step_;
    SyncPace pace_{base::Deadline(1h)};
    SyncPace::Sync sync_;
    Seen seen_;
    Time now_{0};
    Time disk_free_{0};
    Time flushed_{0};
    Time begun_{0};  ///< the flush before: what is written since then is at risk
    double waiting_ = 0;
    double unflushed_ = 0;
    double cached_ = 0;
    bool is_writing_ = false;
    bool is_flushing_ = false;
    bool is_wanted_ = false;
};

const Disk virtual_machine{"of a virtual machine, whose flush is an fsync on its host", 3, 2.8,
                           0ms};

}  // namespace

TEST_CASE("what the disk has time to flush is at risk for 0.4 s at most, and loses nothing") {
    const Disk quick{"that writes through", 0.7, 1000, 1ms};
    const Disk middling{"whose flushes take as long as its writes", 0.7, 1.4, 0ms};
    const Disk far{"that is far away", 0.7, 2.5, 20ms};
    const Disk turning{"that turns", 0.2, 0.3, 12ms};

    struct Load {
        const Disk* disk;
        double gigabytes;  ///< a second
    };

    for (const auto [disk, gigabytes] :
         {Load{&quick, 0.05}, Load{&quick, 0.5}, Load{&virtual_machine, 0.3},
          Load{&virtual_machine, 0.76}, Load{&virtual_machine, 1.1}, Load{&middling, 0.3},
          Load{&middling, 0.38}, Load{&far, 0.1}, Load{&far, 0.35}, Load{&turning, 0.05},
          Load{&turning, 0.09}}) {
        CAPTURE(disk->name);
        CAPTURE(gigabytes);
        const Seen seen = Capture(*disk, gigabytes).run(20s);
        CHECK(seen.longest_at_risk.count() <= Time(400ms).count());
        CHECK_FALSE(seen.is_lost);
    }
}

TEST_CASE(
    "what it has no time to flush is not lost for that, and at risk for five seconds and a flush") {
    const Seen seen = Capture(virtual_machine, 1.7).run(20s);
    CHECK_FALSE(seen.is_lost);
    CHECK(seen.longest_at_risk > SyncPace::longest);
    CHECK(seen.longest_at_risk < SyncPace::longest * 2);
}
