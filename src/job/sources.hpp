#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "base/stop.hpp"
#include "capture/engine.hpp"
#include "job/job.hpp"
#include "job/merge.hpp"

namespace xpc::job {

/// Where the frames of one run come from: one capture, whose thread shows them to the recorder, or
/// several, which are merged in the order of time by the thread of the run.
/// Lifetime: the consumer and the pool outlive it.
/// Threads:  one, the run's.
class Sources {
public:
    /// What is on each interface of the job, in its order.
    /// Errors: Failure, as Engine::open().
    Sources(capture::Engine& engine, const std::vector<capture::CaptureOptions>& interfaces);

    [[nodiscard]] const std::vector<capture::Description>& interfaces() const noexcept {
        return interfaces_;
    }

    /// What was begun before, by Engine::resume().
    explicit Sources(std::unique_ptr<capture::Capture> resumed);

    /// The name under which others may have the same frames at the same time; "" for none.
    [[nodiscard]] std::string identity() const;

    /// Frames go to `consumer` from now on, all of those that come when this has returned.
    capture::Began start(pcap::FrameConsumer& consumer, sink::PartPool& pool);

    /// Blocks until a capture ended by itself or one of `also` is readable (ready), `stop`, or
    /// `deadline`; and merges meanwhile.
    [[nodiscard]] base::Woken wait(std::initializer_list<base::Fd> also, const base::Stop& stop,
                                   base::Deadline deadline);

    /// Whether there is nothing more to wait for.
    [[nodiscard]] bool have_ended() const;

    /// Ends all of them. The first one that ended by itself says why.
    [[nodiscard]] capture::End finish();

    /// Ends them, if finish() did not: after this the consumer is not called any more.
    void close() noexcept;

    /// How it stands with each interface; `total` is how it stands with all.
    [[nodiscard]] std::vector<Counters> counters(const Counters& total) const;

private:
    std::vector<capture::Description> interfaces_;
    std::vector<std::uint32_t> numbers_;  ///< of the interface, of each capture
    std::unique_ptr<Merge> merge_;        ///< where there are several; outlives them
    std::vector<std::unique_ptr<capture::Capture>> captures_;
    bool is_full_ = false;
};

}  // namespace xpc::job
