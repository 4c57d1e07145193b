#pragma once

#include <optional>
#include <thread>
#include <vector>

#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "base/wakeup.hpp"
#include "capture/af_packet/block_walk.hpp"
#include "capture/af_packet/filter_set.hpp"
#include "capture/af_packet/frame_batch.hpp"
#include "capture/af_packet/interface_watch.hpp"
#include "capture/af_packet/report_pace.hpp"
#include "capture/af_packet/ring.hpp"
#include "capture/af_packet/subscription.hpp"

namespace xpc::capture::af_packet {

/// The one reader of an interface, for all jobs that capture from it. The kernel filters for the
/// union of what they want; what each wants is looked at here only where the union is more. No job
/// is waited for.
/// Threads: one of its own, from when somebody joins; join() and leave() from any.
class Tap {
public:
    /// Nothing comes in until somebody joins.
    /// Errors: Failure: no_such_interface, device.
    Tap(const Interface& interface, pcap::LinkType link_type, std::uint64_t serial, IdleRing ring);

    /// All subscriptions have been concluded.
    ~Tap();
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;
    Tap(Tap&&) = delete;
    Tap& operator=(Tap&&) = delete;

    /// Ring::join_fanout(); before anybody joins.
    std::uint16_t join_fanout(std::optional<std::uint16_t> group) {
        return ring_.join_fanout(group);
    }

    /// Whether the network card gives the frames their time, not the kernel.
    [[nodiscard]] bool has_hardware_time() const noexcept { return has_hardware_time_; }

    /// No two taps of a process have the same.
    [[nodiscard]] std::uint64_t serial() const noexcept { return serial_; }

    /// Whether its interface is gone, and there is nothing to join.
    [[nodiscard]] bool is_over() const noexcept { return over_.load(); }

    /// Frames go to `consumer` from the moment that `subscription` begins until it is concluded;
    /// both outlive that.
    /// Errors: Failure(no_memory), std::system_error: of the first who joins, for whom the ring is
    ///         mapped and the thread begins.
    void join(Subscription& subscription, pcap::FrameConsumer& consumer);

    /// The subscription will be concluded, if it has not been.
    void leave(Subscription& subscription);

private:
    /// Null: wants to leave.
    struct Wish {
        Subscription* subscription;
        pcap::FrameConsumer* consumer;
    };

    /// A frame of the block that is walked, and its number.
    struct NumberedFrame {
        RawFrame raw;
        std::uint64_t number = 0;
    };

    /// Subscriptions that want the same frames in the same form.
    struct Group {
        const Subscription* example = nullptr;
        std::vector<Subscription*> members;
        std::vector<std::uint16_t> wanted;  ///< positions in chunk_
    };

    void begin_with(Subscription& first, pcap::FrameConsumer& consumer);
    void run();
    void capture();
    [[nodiscard]] bool must_wait();
    void hear_wishes();
    void admit(Subscription& subscription, pcap::FrameConsumer& consumer);
    void dismiss(Subscription& subscription);
    void settle();
    void regroup();
    void set_union();
    [[nodiscard]] bool try_filter(const Program& program);
    void trust_kernel();
    [[nodiscard]] bool walk_block();
    [[nodiscard]] BlockWalk::Step walk_for_one(BlockWalk& walk);
    [[nodiscard]] bool is_all_for_one() const noexcept;
    void sort_in(const RawFrame& raw);
    void show_chunk();
    void show_batch(const Group& group);
    void read_counts();
    void report();
    void watch_interface();
    void end_all(const std::string& cause);

    Interface interface_;
    pcap::LinkType link_type_;
    std::uint64_t serial_;
    Ring ring_;
    bool has_hardware_time_;

    // of the tap's thread, and before it of the first who joins
    std::vector<Subscription*> subscriptions_;
    std::vector<Group> groups_;
    FilterSet filters_;                 ///< those of the groups, by position
    std::vector<NumberedFrame> chunk_;  ///< what is walked and not shown, where several may want it
    bool is_kernel_exact_ = false;  ///< the one group that there is has its filter in the kernel
    std::uint64_t exact_from_ = 0;  ///< frames below came in by an earlier filter
    base::Deadline exact_at_ = base::never;   ///< when that number can be told
    base::Deadline narrow_at_ = base::never;  ///< when the union is to be without who has left
    TapCounts counts_;
    FrameBatch batch_;                          ///< what is shown to a group next
    base::Deadline waits_until_ = base::never;  ///< what is in the ring, for memory; never: not now
    base::WallTime up_to_;                      ///< what arrived before has been walked
    bool broken_ = false;
    std::uint64_t walked_ = 0;  ///< the number of the next frame of the ring
    ReportPace reports_;
    InterfaceWatch watch_;

    std::atomic<bool> over_ = false;
    base::Guarded<std::vector<Wish>> wishes_;
    base::Wakeup wished_;
    base::Stop stop_;
    std::jthread thread_;  // under the lock of the wishes; last: it uses the members above
};

}  // namespace xpc::capture::af_packet
