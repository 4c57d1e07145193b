#include "capture/af_packet/tap.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <span>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "base/thread_priority.hpp"
#include "capture/af_packet/bpf_combine.hpp"
#include "capture/af_packet/hardware_clock.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::text;
using std::chrono::milliseconds;

// How often the counters are read when nothing arrives.
constexpr milliseconds tick{250};

// Likewise while somebody waits for the rest of what he is to get.
constexpr milliseconds short_tick{2};

// A frame that came in so long ago has been in a block that the kernel gave to us: the block
// timeout, and as much again for the timer to be late and the frame on its way, twice over.
constexpr milliseconds longest_in_block = 3 * Ring::block_timeout;

// Frames of an ordinary mix that fit into the second cache of a small machine, with what jobs keep.
constexpr std::size_t most_in_chunk = 512;

// The kernel compiles a filter each time, half a millisecond for that of fifty jobs: when many
// leave one after the other, once is enough.
constexpr milliseconds until_narrowed{50};

// Numbers are live: what waits in the ring is in none of them.
constexpr milliseconds longest_wait{500};

}  // namespace

Tap::Tap(const Interface& interface, pcap::LinkType link_type, std::uint64_t serial, IdleRing ring)
    : interface_(interface),
      link_type_(link_type),
      serial_(serial),
      ring_(interface, drop_all(), std::move(ring)),
      has_hardware_time_(af_packet::has_hardware_time(interface)),
      filters_(link_type),
      watch_(interface) {
    if (has_hardware_time_) ring_.use_hardware_time();
}

Tap::~Tap() {
    stop_.request();
}

void Tap::join(Subscription& subscription, pcap::FrameConsumer& consumer) {
    wishes_.with([&](auto& wishes) {
        if (!thread_.joinable()) return begin_with(subscription, consumer);
        wishes.push_back({.subscription = &subscription, .consumer = &consumer});
    });
    wished_.ring();
}

void Tap::leave(Subscription& subscription) {
    wishes_.with([&](auto& wishes) {
        wishes.push_back({.subscription = &subscription, .consumer = nullptr});
    });
    wished_.ring();
}

/// Not by the tap's thread: that may wait for a processor for milliseconds. What comes in while the
/// rest is made is in the ring.
void Tap::begin_with(Subscription& first, pcap::FrameConsumer& consumer) {
    admit(first, consumer);
    try {
        ring_.map();
        thread_ = std::jthread([this] { run(); });
    } catch (const std::exception&) {  // nobody would show it anything
        subscriptions_.clear();
        regroup();
        throw;
    }
}

void Tap::run() {
    base::name_thread(text("tap ", interface_.name));
    base::go_first();  // for what comes in meanwhile there is the ring, and nothing else
    try {
        capture();
    } catch (const base::Failure& broken) {  // its jobs end with what they have
        base::log::error("capture.tap_broken",
                         {{"interface", interface_.name}, {"cause", broken.error().message}});
        broken_ = true;
        end_all(broken.error().message);
    }
    while (!stop_.requested()) {  // a tap that broke only says so
        wished_.clear();
        hear_wishes();
        [[maybe_unused]] const auto woken = base::wait(wished_.fd(), stop_, base::never);
    }
}

void Tap::capture() {
    const std::array<base::Fd, 2> both{ring_.fd(), wished_.fd()};
    while (!stop_.requested()) {
        wished_.clear();
        hear_wishes();
        const auto looked_at = base::wall_now();
        bool is_better_later = must_wait();
        while (!is_better_later && walk_block()) {
            report();  // each time: at a high rate there is always another block
            hear_wishes();
            is_better_later = must_wait();
        }
        if (!is_better_later) up_to_ = std::max(up_to_, looked_at - longest_in_block);
        report();
        watch_interface();
        const auto now = base::Deadline::clock::now();
        if (now >= narrow_at_) set_union();
        if (now >= exact_at_) trust_kernel();
        const bool somebody_leaves = std::ranges::any_of(subscriptions_, &Subscription::has_left);
        const auto pause = base::in(somebody_leaves || is_better_later ? short_tick : tick);
        // the socket of an interface that is gone is readable for ever
        const auto fds = std::span(both).subspan(is_over() || is_better_later ? 1 : 0);
        [[maybe_unused]] const auto woken =
            base::wait(fds, stop_, std::min(pause, reports_.latest()));
    }
}

/// Where no job has memory left, since the disk stands still, the ring still has some: what comes
/// in waits there for a moment. Not where one of them has: that one would pay for the others.
bool Tap::must_wait() {
    if (subscriptions_.empty() || !ring_.has_block()) return false;
    const auto has_room = [this](const Subscription* one) {
        return one->has_room(ring_.block_bytes());
    };
    if (std::ranges::any_of(subscriptions_, has_room)) {
        waits_until_ = base::never;
        return false;
    }
    if (ring_.is_nearly_full()) return false;
    const auto now = base::Deadline::clock::now();
    if (waits_until_ == base::never) waits_until_ = now + longest_wait;
    return now < waits_until_;
}

void Tap::hear_wishes() {
    const auto wishes = wishes_.with([](auto& all) { return std::exchange(all, {}); });
    for (const Wish& wish : wishes) {
        if (wish.consumer == nullptr) {
            dismiss(*wish.subscription);
        } else if (is_over()) {
            wish.subscription->refuse(
                {.errc = base::Errc::device,
                 .message = text("interface ", base::quoted(interface_.name), ": went away"),
                 .field = {}});
        } else {
            admit(*wish.subscription, *wish.consumer);
        }
    }
}

void Tap::admit(Subscription& subscription, pcap::FrameConsumer& consumer) {
    subscriptions_.push_back(&subscription);
    regroup();
    Began began;
    try {
        set_union();
        began = {.at = base::wall_now(), .on = base::Deadline::clock::now()};
        read_counts();
    } catch (const base::Failure& refused) {  // told to the one who asked; the others go on
        subscriptions_.pop_back();
        subscription.refuse(refused.error());
        regroup();
        set_union();
        return;
    }
    subscription.begin(consumer, began, counts_);
}

void Tap::dismiss(Subscription& subscription) {
    if (std::ranges::find(subscriptions_, &subscription) == subscriptions_.end()) {
        return;  // concluded already
    }
    read_counts();
    subscription.leave(EndReason::stopped, counts_);
    settle();
}

/// Those that have left, and have been shown everything that came before, are told so.
void Tap::settle() {
    const auto now = base::Deadline::clock::now();
    const auto is_done = [&](Subscription* one) {
        if (!one->has_left()) return false;
        if (broken_ || now >= one->late_at()) one->miss_the_rest(walked_);
        return one->is_complete(walked_);
    };
    std::vector<Subscription*> leaving;
    std::ranges::copy_if(subscriptions_, std::back_inserter(leaving), is_done);
    if (leaving.empty()) return;
    std::erase_if(subscriptions_, is_done);
    for (Subscription* one : leaving) {
        one->report(walked_, counts_, up_to_);
        one->conclude();
    }
    regroup();
    // until the union is narrower, more comes in than those want who are left
    is_kernel_exact_ = false;
    exact_at_ = base::never;
    if (narrow_at_ == base::never) narrow_at_ = base::in(until_narrowed);
}

/// Who wants the same is asked once.
void Tap::regroup() {
    groups_.clear();
    for (Subscription* one : subscriptions_) {
        const auto alike = std::ranges::find_if(groups_, [one](const Group& group) {
            return group.example->snaplen() == one->snaplen() &&
                   accept_same(group.example->program(), one->program());
        });
        if (alike != groups_.end()) {
            alike->members.push_back(one);
        } else {
            groups_.push_back({.example = one, .members = {one}, .wanted = {}});
        }
    }
    std::vector<FilterSet::Filter> filters;
    filters.reserve(groups_.size());
    for (const Group& group : groups_) {
        filters.push_back(
            {.program = &group.example->program(), .matcher = &group.example->matcher()});
    }
    filters_.assign(std::move(filters));
}

/// The filter in the kernel becomes that of all together.
void Tap::set_union() {
    narrow_at_ = base::never;
    if (is_over()) return;
    std::vector<Program> programs;
    programs.reserve(groups_.size());
    for (const Group& group : groups_)
        programs.push_back(group.example->program());
    const Program wanted = either(programs);
    bool is_set = try_filter(wanted);
    if (!is_set) {
        // The kernel has room for filters of only so many bytes a socket, the old one included
        // (net.core.optmem_max): without the old one it may fit. Else all comes in, and jobs filter
        // here.
        ring_.set_filter(accept_all(longest_reach));
        is_set = try_filter(wanted);
    }
    // Frames that another core is just asking the old filter about come in after this.
    is_kernel_exact_ = false;
    exact_at_ = is_set && groups_.size() == 1 ? base::in(longest_in_block) : base::never;
}

bool Tap::try_filter(const Program& program) {
    try {
        ring_.set_filter(program);
        return true;
    } catch (const base::Failure& refused) {  // an answer: there is another way
        if (refused.error().errc != base::Errc::no_memory) throw;
        return false;
    }
}

/// From now on what comes in has passed the filter that was set last.
void Tap::trust_kernel() {
    read_counts();
    is_kernel_exact_ = true;
    exact_from_ = counts_.next_number();
    exact_at_ = base::never;
}

/// False when there is none to walk.
bool Tap::walk_block() {
    const auto block = ring_.next_block();
    if (!block) return false;
    reports_.block_walked();
    BlockWalk walk(block->bytes());
    auto step = walk.next();
    if (step == BlockWalk::Step::frame && is_all_for_one()) {
        step = walk_for_one(walk);
    } else {
        for (; step == BlockWalk::Step::frame; step = walk.next()) {
            sort_in(walk.raw());
            ++walked_;
        }
        show_chunk();
    }
    if (walk.has_begun()) up_to_ = std::max(up_to_, walk.when());
    if (step == BlockWalk::Step::corrupt) {
        base::log::error("capture.block_corrupt", {{"interface", interface_.name},
                                                   {"frames_lost", walk.remaining()},
                                                   {"cause", walk.fault()}});
        for (Subscription* one : subscriptions_)
            one->miss(walked_, walked_ + walk.remaining());
        walked_ += walk.remaining();
    }
    return true;
}

/// The rest of a block of which every frame is for the only group.
BlockWalk::Step Tap::walk_for_one(BlockWalk& walk) {
    const Group& group = groups_.front();
    const std::uint32_t snaplen = group.example->snaplen();
    auto step = BlockWalk::Step::frame;
    for (; step == BlockWalk::Step::frame; step = walk.next()) {
        if (needs_added(walk.has_tag(), link_type_)) {
            batch_.add(walk.raw(), link_type_, snaplen, walked_);
        } else {
            batch_.add(walk.bytes(), walk.wire_bytes(), walk.when(), snaplen, walked_);
        }
        ++walked_;
        if (batch_.is_full()) show_batch(group);
    }
    show_batch(group);
    return step;
}

bool Tap::is_all_for_one() const noexcept {
    return is_kernel_exact_ && walked_ >= exact_from_;
}

/// Frames are shown to one group after the other, and not to whom each is for: what fifty jobs keep
/// is more than the first cache holds.
void Tap::sort_in(const RawFrame& raw) {
    const auto wanted = filters_.matching(raw);
    if (wanted.empty()) return;
    const auto position = static_cast<std::uint16_t>(chunk_.size());
    for (const std::uint16_t group : wanted)
        groups_[group].wanted.push_back(position);
    chunk_.push_back({.raw = raw, .number = walked_});
    if (chunk_.size() == most_in_chunk) show_chunk();
}

void Tap::show_chunk() {
    if (chunk_.empty()) return;
    for (Group& group : groups_) {
        const std::uint32_t snaplen = group.example->snaplen();
        for (const std::uint16_t position : group.wanted) {
            batch_.add(chunk_[position].raw, link_type_, snaplen, chunk_[position].number);
            if (batch_.is_full()) show_batch(group);
        }
        show_batch(group);
        group.wanted.clear();
    }
    chunk_.clear();
}

void Tap::show_batch(const Group& group) {
    const auto frames = batch_.frames();
    if (group.members.size() == 1) {
        group.members.front()->offer(frames, counts_);
    } else {
        // each frame to all of them: what they keep is encoded once
        for (std::size_t i = 0; i < frames.size(); ++i) {
            for (Subscription* one : group.members)
                one->offer(frames.subspan(i, 1), counts_);
        }
    }
    batch_.clear();
}

void Tap::report() {
    read_counts();
    if (const auto now = base::Deadline::clock::now(); reports_.is_due(now)) {
        reports_.told(now);
        for (Subscription* one : subscriptions_)
            one->report(walked_, counts_, up_to_);
    }
    settle();
}

void Tap::read_counts() {
    if (broken_) return;
    const RingCounts counts = ring_.take_counts();
    counts_.accepted += counts.accepted;
    counts_.dropped += counts.dropped;
}

void Tap::watch_interface() {
    if (is_over()) return;
    if (const auto fate = watch_.fate(ring_.take_error())) end_all(*fate);
}

void Tap::end_all(const std::string& cause) {
    over_ = true;
    const std::string message = text("interface ", base::quoted(interface_.name), ": ", cause);
    for (Subscription* one : subscriptions_)
        one->leave(EndReason::device, counts_, message);
    settle();
}

}  // namespace xpc::capture::af_packet
