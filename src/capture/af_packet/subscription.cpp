#include "capture/af_packet/subscription.hpp"

#include <algorithm>
#include <utility>

namespace xpc::capture::af_packet {
namespace {

// The last block is due after one block timeout; the rest is for a machine that is very busy.
constexpr std::chrono::milliseconds longest_drain{1000};

}  // namespace

void Subscription::begin(pcap::FrameConsumer& consumer, const Began& began, const TapCounts& now) {
    consumer_ = &consumer;
    first_number_ = now.next_number();
    dropped_before_ = now.dropped;
    {
        const std::lock_guard lock(mutex_);
        began_ = began;
    }
    enter(Phase::open);
}

void Subscription::refuse(base::Error error) {
    {
        const std::lock_guard lock(mutex_);
        error_ = std::move(error);
    }
    enter(Phase::refused);
}

void Subscription::offer(std::span<const pcap::FrameView> frames, const TapCounts& before) {
    while (!frames.empty() && frames.front().number < first_number_)
        frames = frames.subspan(1);
    while (!frames.empty() && frames.back().number >= end_number_)
        frames = frames.first(frames.size() - 1);
    if (frames.empty()) return;
    const auto taken = consumer_->accept(frames);
    if (!taken.is_full) return;
    if (!has_left()) dropped_ = before.dropped - dropped_before_;  // later ones came behind these
    const bool has_some = taken.frames > 0;
    const auto& last = has_some ? frames[taken.frames - 1] : frames.front();
    end_number_ = last.number + (has_some ? 1 : 0);
    end_ = {.reason = EndReason::full, .at = last.when, .message = {}};
}

void Subscription::leave(EndReason reason, const TapCounts& now, std::string message) {
    if (has_left()) return;
    end_number_ = now.next_number();
    late_at_ = base::in(longest_drain);
    dropped_ = now.dropped - dropped_before_;
    end_ = {.reason = reason, .at = base::wall_now(), .message = std::move(message)};
}

void Subscription::miss(std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t first = std::max(begin, first_number_);
    const std::uint64_t last = std::min(end, end_number_);
    if (first < last) unreadable_ += last - first;
}

void Subscription::miss_the_rest(std::uint64_t walked) {
    if (walked >= end_number_) return;
    dropped_ += end_number_ - std::max(walked, first_number_);
    end_number_ = walked;
}

void Subscription::report(std::uint64_t walked, const TapCounts& now, base::WallTime up_to) {
    if (!has_left()) dropped_ = now.dropped - dropped_before_;
    const std::uint64_t end = std::min(walked, end_number_);
    const std::uint64_t passed = end > first_number_ ? end - first_number_ : 0;
    consumer_->batch_done({.seen = passed - unreadable_,
                           .dropped = dropped_ + unreadable_,
                           .overrun = 0,
                           .up_to = up_to});
}

void Subscription::conclude() {
    ended_.request();
    enter(Phase::concluded);
}

void Subscription::enter(Phase phase) {
    // under the lock: whoever waits may destroy this next
    const std::lock_guard lock(mutex_);
    phase_ = phase;
    changed_.notify_all();
}

Began Subscription::wait_for_begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return phase_ != Phase::waiting; });
    if (phase_ == Phase::refused) throw base::Failure(error_);
    return began_;
}

End Subscription::wait_for_end() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return phase_ == Phase::concluded; });
    return end_;
}

}  // namespace xpc::capture::af_packet
