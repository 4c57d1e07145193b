#include "capture/af_packet/tap.hpp"

#include <algorithm>
#include <cstring>

#include "base/log.hpp"
#include "base/text.hpp"
#include "capture/af_packet/block_walk.hpp"

namespace xpc::capture::af_packet {
namespace {

using std::chrono::milliseconds;

// How often the counters are read when nothing arrives; live numbers are at most that old.
constexpr milliseconds tick{250};

// The last block is due after one block timeout; the rest is for a machine that is very busy.
constexpr milliseconds longest_drain{1000};

}  // namespace

Tap::Tap(const Interface& interface, pcap::LinkType link_type, const Program& filter,
         const CaptureOptions& options)
    : name_(interface.name),
      link_type_(link_type),
      snaplen_(options.snaplen),
      ring_(interface, link_type, filter, options.ring_bytes),
      began_at_(base::wall_now()),
      began_(base::Deadline::clock::now()) {}

End Tap::run(pcap::FrameConsumer& consumer, const base::Stop& stop, base::Deadline deadline) {
    End end{};
    for (;;) {
        walk_filled_blocks(consumer, stop, deadline);
        report(consumer);
        const auto woken = base::wait(ring_.fd(), stop, std::min(deadline, base::in(tick)));
        if (woken == base::Woken::stopped) {
            end.reason = EndReason::stopped;
            break;
        }
        if (base::Deadline::clock::now() >= deadline) {
            end.reason = EndReason::deadline;
            break;
        }
        if (const int pending = ring_.take_error(); pending != 0) {
            end.reason = EndReason::device;
            end.message = base::text("interface ", base::quoted(name_), ": ",
                                     base::Failure::from_errno("went away", pending).what());
            break;
        }
    }
    ring_.set_filter(drop_all());
    end.at = base::wall_now();
    drain(consumer);
    return end;
}

void Tap::walk_filled_blocks(pcap::FrameConsumer& consumer, const base::Stop& stop,
                             base::Deadline deadline) {
    while (walk_block(consumer)) {
        report(consumer);  // each time: at a high rate there is always another block
        if (stop.requested() || base::Deadline::clock::now() >= deadline) return;
    }
}

bool Tap::walk_block(pcap::FrameConsumer& consumer) {
    const auto block = ring_.next_block();
    if (!block) return false;
    BlockWalk walk(block->bytes());
    AddedBytes added{};
    auto step = walk.next();
    for (; step == BlockWalk::Step::frame; step = walk.next()) {
        consumer.accept(view(walk.raw(), link_type_, snaplen_, added));
        ++walked_;
    }
    if (step == BlockWalk::Step::corrupt) {
        base::log::error(
            "capture.block_corrupt",
            {{"interface", name_}, {"frames_lost", walk.remaining()}, {"cause", walk.fault()}});
        dropped_ += walk.remaining();
    }
    return true;
}

void Tap::drain(pcap::FrameConsumer& consumer) {
    const auto give_up = base::in(longest_drain);
    const base::Stop nobody;
    for (;;) {
        while (walk_block(consumer)) {
        }
        read_counts();
        const bool complete = walked_ + dropped_ >= accepted_;
        if (complete || base::Deadline::clock::now() >= give_up) break;
        [[maybe_unused]] const auto woken =
            base::wait(base::Fd(), nobody, base::in(milliseconds(2)));
    }
    // what the kernel has counted and not shown is lost, whatever the cause
    if (accepted_ > walked_ + dropped_) dropped_ = accepted_ - walked_;
    consumer.batch_done(dropped_);
}

void Tap::report(pcap::FrameConsumer& consumer) {
    read_counts();
    consumer.batch_done(dropped_);
}

void Tap::read_counts() {
    const RingCounts counts = ring_.take_counts();
    accepted_ += counts.accepted;
    dropped_ += counts.dropped;
}

}  // namespace xpc::capture::af_packet
