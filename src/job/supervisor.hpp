#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/guarded.hpp"
#include "base/wakeup.hpp"
#include "job/devices.hpp"
#include "job/encoders.hpp"
#include "job/metrics.hpp"
#include "job/request.hpp"
#include "job/run.hpp"
#include "job/store.hpp"

namespace xpc::sink {
class SpoolSpace;
}

namespace xpc::job {

struct SupervisorOptions {
    std::filesystem::path spool_dir;
    std::filesystem::path transcript_dir;
    bool delivers = true;  ///< else a server on the same store does, which also takes the requests
    DevicesOptions devices{};
    RequestLimits limits;
    pcap::FileFormat classic_format{};               ///< what a classic file is: of ns or of us
    std::chrono::milliseconds between_statistics{};  ///< in a file; 0: only at its end
    std::chrono::milliseconds give_up_after{};       ///< deliveries, this long after the capture
    std::size_t most_running = 0;
    std::size_t most_queued = 0;
};

/// Takes requests, starts what waits, stops what is asked to, and knows what runs.
/// Lifetime: everything that the constructor is given outlives it.
/// Threads:  recover(), dispatch(), shut_down() and the destructor: one thread; the rest: any.
class Supervisor {
public:
    Supervisor(Store& store, const capture::Engines& engines, const sink::Sinks& sinks,
               sink::PartPool& parts, sink::SpoolSpace& spool_space,
               sink::SpoolWriters& spool_writers, SupervisorOptions options);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;
    Supervisor(Supervisor&&) = delete;
    Supervisor& operator=(Supervisor&&) = delete;

    /// Checks the request and stores a job for it; on return the promise is on the disk. `own_url`
    /// is what the client reaches this server by.
    /// Errors: the refusal, with the JobRequest's member as its field; too_many; disk_full.
    [[nodiscard]] base::Result<Job> submit(const JobRequest& request, const std::string& own_url);

    /// By id or number; live while it runs. Errors: not_found.
    [[nodiscard]] base::Result<Job> find(std::string_view id_or_number);

    [[nodiscard]] std::vector<Job> list(const ListQuery& query);

    /// Ends a job's capture and keeps it; a job that waits will not run. An ended job stays as it
    /// is. Errors: not_found.
    [[nodiscard]] base::Result<Job> stop(std::string_view id_or_number);

    /// Removes an ended job's record, and its file where that is ours. One that is being delivered,
    /// or waits for its store, is given up first, which takes some seconds where the store is away.
    /// Errors: not_found; conflict while it is captured.
    [[nodiscard]] base::Result<void> remove(std::string_view id_or_number);

    /// The file of a job that is not in its store.
    [[nodiscard]] std::filesystem::path spool_file(const Job& job) const;

    /// Of what was said to the job's device; it may be missing.
    [[nodiscard]] std::filesystem::path transcript_file(const Job& job) const;

    /// Why not all jobs can be run now; empty: they can.
    [[nodiscard]] std::vector<base::Error> obstacles() const;

    /// What has been captured and delivered since the start.
    [[nodiscard]] const Metrics& metrics() const noexcept { return metrics_; }

    [[nodiscard]] std::vector<PositionCount> count_jobs() { return store_.count_by_position(); }

    /// Whether obstacles() has all that there are, as far as is known.
    [[nodiscard]] bool knows_its_devices() const { return devices_.are_settled(); }

    /// Whether jobs are taken: false while shutting down.
    [[nodiscard]] bool takes_jobs() const noexcept { return !shutting_down_.load(); }

    /// Whether nothing runs, and nothing can be started.
    [[nodiscard]] bool is_idle();

    /// Brings what an earlier process left unfinished to its true end, or on its way.
    void recover();

    /// Starts jobs that wait, as far as slots, memory and disk go, and forgets runs that have
    /// ended. Nothing, or when to call it again: nobody rings for room on the disk.
    [[nodiscard]] std::optional<std::chrono::milliseconds> dispatch();

    /// Rings when dispatch() has something else to do.
    [[nodiscard]] const base::Wakeup& wakeup() const noexcept { return wakeup_; }

    void hear_wakeup() noexcept { wakeup_.clear(); }

    /// Stops all captures, but for those that outlive us, gives deliveries until
    /// `delivery_deadline`, and waits for all runs.
    void shut_down(base::Deadline delivery_deadline);

private:
    struct Active {
        std::unique_ptr<Run> run;
        std::string device;
        bool counted = false;  ///< among those that capture
    };

    using ActiveRuns = std::map<std::string, Active, std::less<>>;

    [[nodiscard]] bool has_room(const Job& job) const;
    [[nodiscard]] std::vector<std::string> not_startable(bool also_full);
    [[nodiscard]] bool has_place(const std::string& device);
    void start(Job job);
    void refuse_to_start(Job job, const std::error_code& cause);
    void reclaim();
    void tidy_spool();
    void recover(Job job);
    void follow_other_process();
    void sweep();
    void give_up(const Job& job);
    [[nodiscard]] std::optional<Job> live(const Job& stored);

    Store& store_;
    const capture::Engines& engines_;
    const sink::Sinks& sinks_;
    sink::PartPool& parts_;
    sink::SpoolSpace& spool_space_;
    Encoders encoders_;
    Metrics metrics_;
    SupervisorOptions options_;
    RunContext context_;
    base::Wakeup wakeup_;
    std::atomic<bool> shutting_down_ = false;
    std::size_t capturing_ = 0;  ///< the dispatching thread only
    base::Guarded<ActiveRuns> active_;
    base::Stop sweep_stop_;
    std::jthread sweeper_;  // it uses the members above
    Devices devices_;       // last: likewise
};

}  // namespace xpc::job
