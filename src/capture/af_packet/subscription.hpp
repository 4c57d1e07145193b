#pragma once

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <span>
#include <string>

#include "base/stop.hpp"
#include "capture/af_packet/bpf.hpp"
#include "capture/af_packet/match.hpp"
#include "capture/engine.hpp"

namespace xpc::capture::af_packet {

/// What a tap has counted so far. Frames are numbered from 0 in the order in which the kernel put
/// them into the ring: `next_number()` is what the next one gets.
struct TapCounts {
    std::uint64_t accepted = 0;  ///< by the kernel's filter, dropped ones included
    std::uint64_t dropped = 0;   ///< of these, for want of room in the ring

    [[nodiscard]] std::uint64_t next_number() const noexcept { return accepted - dropped; }
};

/// One job's part in a tap: which frames it wants, and of these the window from the moment when it
/// joined to the one when it left. Both ends are frame numbers, from one reading of the kernel's
/// counters each, so what the job was shown and what was dropped meanwhile is exactly what the
/// kernel counted between the two readings.
/// Threads: what begins with "wait" and finish(): the job's; ended(): any; the rest: the tap's.
class Subscription {
public:
    /// Errors: Failure, for a program that the kernel would not take either.
    Subscription(Program program, std::uint32_t snaplen)
        : program_(std::move(program)),
          matcher_(base::value_or_throw(Matcher::load(program_))),
          snaplen_(snaplen) {}

    /// Its filter, and the same to be run here.
    [[nodiscard]] const Program& program() const noexcept { return program_; }

    [[nodiscard]] const Matcher& matcher() const noexcept { return matcher_; }

    [[nodiscard]] std::uint32_t snaplen() const noexcept { return snaplen_; }

    // of the tap's thread

    void begin(pcap::FrameConsumer& consumer, const Began& began, const TapCounts& now);
    void refuse(base::Error error);

    /// Shows frames that its filter wants, in the order of their numbers: those within the window.
    /// They were in the ring when the tap had counted `before`.
    void offer(std::span<const pcap::FrameView> frames, const TapCounts& before);

    /// Whether it would find memory for frames of so many bytes.
    [[nodiscard]] bool has_room(std::size_t bytes) const { return consumer_->has_room(bytes); }

    /// No frame from now on is for this job. The first end counts.
    void leave(EndReason reason, const TapCounts& now, std::string message = {});

    /// Frames below `walked` have been offered: all that arrived before `up_to`.
    void report(std::uint64_t walked, const TapCounts& now, base::WallTime up_to);

    /// The frames from `begin` up to `end` were in a block that turned out to be corrupt.
    void miss(std::uint64_t begin, std::uint64_t end);

    /// When what has not come will not come: for those that have left.
    [[nodiscard]] base::Deadline late_at() const noexcept { return late_at_; }

    /// What has not been offered by now, and was to be, counts as dropped.
    void miss_the_rest(std::uint64_t walked);

    /// All of its frames have been offered.
    [[nodiscard]] bool is_complete(std::uint64_t walked) const noexcept {
        return walked >= end_number_;
    }

    [[nodiscard]] bool has_left() const noexcept { return end_number_ != still_open; }

    /// The last word of the tap: from here on it knows nothing of this subscription.
    void conclude();

    // of the job's thread

    /// Errors: Failure, as refuse() was told.
    Began wait_for_begin();
    [[nodiscard]] End wait_for_end();

    [[nodiscard]] const base::Stop& ended() const noexcept { return ended_; }

private:
    enum class Phase { waiting, open, refused, concluded };

    static constexpr std::uint64_t still_open = std::numeric_limits<std::uint64_t>::max();

    void enter(Phase phase);

    Program program_;
    Matcher matcher_;
    std::uint32_t snaplen_;

    // of the tap's thread until conclude()
    pcap::FrameConsumer* consumer_ = nullptr;
    std::uint64_t first_number_ = 0;
    std::uint64_t end_number_ = still_open;  ///< one behind the last
    std::uint64_t dropped_before_ = 0;
    std::uint64_t dropped_ = 0;  ///< since then, until the end
    std::uint64_t unreadable_ = 0;
    base::Deadline late_at_ = base::never;
    End end_;

    base::Stop ended_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Phase phase_ = Phase::waiting;  ///< under mutex_
    Began began_{};                 ///< under mutex_
    base::Error error_;             ///< under mutex_
};

}  // namespace xpc::capture::af_packet
