#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.hpp"
#include "base/wakeup.hpp"
#include "job/devices.hpp"
#include "job/encoders.hpp"
#include "job/given_up.hpp"
#include "job/metrics.hpp"
#include "job/rehearsal.hpp"
#include "job/request.hpp"
#include "job/run.hpp"
#include "job/speakers.hpp"
#include "job/store.hpp"
#include "job/waiting_deliveries.hpp"

namespace xpc::sink {
class SpoolSpace;
}

namespace xpc::job {

struct SupervisorOptions {
    std::filesystem::path spool_dir;
    std::filesystem::path transcript_dir;
    bool delivers = true;  ///< else a server on the same store does, which also takes the requests
    DevicesOptions devices{};
    std::function<void()> before_start;  ///< a job that waited is taken up then; may be empty
    RequestLimits limits;
    pcap::FileFormat classic_format{};               ///< what a classic file is: of ns or of us
    std::chrono::milliseconds between_statistics{};  ///< in a file; 0: only at its end
    std::chrono::milliseconds give_up_after{};       ///< deliveries, this long after the capture
    /// That a job waits for a device that can not be reached; then it fails.
    std::chrono::milliseconds longest_wait = std::chrono::minutes(2);
    std::size_t most_running = 0;
    std::size_t most_queued = 0;
};

/// How far it is with removing a job.
enum class Removal {
    done,
    under_way,  ///< its device, or its store, takes a while: it goes by itself
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

    /// Checks the request and stores a job for it, once only for each key, where there is one: then
    /// it is the job that is there. `own_url` is what the client reaches this server by.
    /// `submitted` is called when the promise is on the disk, as Store::insert() calls it, or at
    /// once; never, where this returns a refusal or throws.
    /// Errors: the refusal, with the JobRequest's member as its field; disk_full. To `submitted`:
    ///         too_many; those of Store::repeated().
    [[nodiscard]] base::Result<void> submit(const JobRequest& request, const std::string& own_url,
                                            std::optional<IdempotencyKey> key,
                                            Store::Inserted submitted);

    /// Checks the request as submit() does, and looks at what a job of it comes to and needs.
    /// Nothing is kept of it. Blocking: a device, and a store, may take ten seconds for each
    /// answer. Errors: the refusal, as submit(); what is missing is in the findings.
    [[nodiscard]] base::Result<Rehearsal> rehearse(const JobRequest& request,
                                                   const std::string& own_url);

    /// By id or number; live while it runs. Errors: not_found.
    [[nodiscard]] base::Result<Job> find(std::string_view id_or_number);

    [[nodiscard]] std::vector<Job> list(const ListQuery& query);

    /// Of that job, if its capture runs here; of all that do, where the id is empty.
    [[nodiscard]] std::vector<RunningCounters> running(std::string_view id);

    /// What can be read of a capture before it is delivered; nothing where no run of this process
    /// has it.
    [[nodiscard]] std::optional<GrowingCapture> growing(std::string_view id);

    /// Where the job stands in the order of the list; nothing where it is no more.
    [[nodiscard]] std::optional<std::int64_t> sequence_of(const Job& job) {
        return store_.sequence_of(job.id);
    }

    /// Ends a job's capture and keeps it; a job that waits will not run. An ended job stays as it
    /// is. Errors: not_found.
    [[nodiscard]] base::Result<Job> stop(std::string_view id_or_number);

    /// Changes how long a job captures, from its beginning, as long as it has not ended.
    /// Errors: not_found; invalid_value and conflict, with field "duration": conflict too where it
    ///         has captured for longer already, or its device can not be told any more.
    [[nodiscard]] base::Result<Job> set_duration(std::string_view id_or_number,
                                                 std::chrono::milliseconds duration);

    /// Removes a job's record, and its file where that is ours. One that waits, is captured or
    /// delivered is given up first. Blocking: some seconds where a device or the store is away.
    /// Errors: not_found.
    [[nodiscard]] base::Result<Removal> remove(std::string_view id_or_number);

    /// The file of a job that is not in its store.
    [[nodiscard]] std::filesystem::path spool_file(const Job& job) const;

    /// Likewise, one of several.
    [[nodiscard]] std::filesystem::path spool_file(const Job& job, std::uint32_t number) const;

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
        bool counted = false;                    ///< among those that capture
        std::optional<sink::StoreKind> resumed;  ///< where to, of a delivery that has waited
    };

    /// What is known of a job that another process captures.
    struct Elsewhere {
        Position position;
        std::size_t errors = 0;

        friend bool operator==(const Elsewhere&, const Elsewhere&) = default;
    };

    using ActiveRuns = std::map<std::string, Active, std::less<>>;

    [[nodiscard]] bool has_room(const Job& job) const;
    [[nodiscard]] std::vector<std::string> not_startable(bool also_full);
    [[nodiscard]] bool has_place(const std::string& device);
    void start(Job job);
    void add_run(const Job& job, DeliveryTries tries);
    void deliver_later(const Job& job);
    [[nodiscard]] std::optional<std::chrono::milliseconds> start_deliveries();
    [[nodiscard]] bool start_delivery(WaitingDelivery delivery);
    [[nodiscard]] std::size_t count_deliveries(sink::StoreKind store);
    void fail_given_up(Job job);
    void fail_before_start(Job job, base::Error cause);
    void fail_what_waits_in_vain();
    void explain(Job& job);
    [[nodiscard]] std::string why_not_started(const Job& job);
    [[nodiscard]] std::size_t count_captures(std::string_view device);
    void reclaim();
    void tidy_spool();
    void recover(Job job);
    void follow_other_process();
    void announce_elsewhere(const std::vector<Job>& unfinished);
    void sweep();
    [[nodiscard]] base::Result<Job> prepared(const JobRequest& request,
                                             const std::string& own_url) const;
    [[nodiscard]] base::Result<void> check_open();
    [[nodiscard]] std::vector<base::Finding> look_at_needs(const Job& job);
    [[nodiscard]] base::Finding look_at_queue();
    void look_at_destination(const sink::Destination& destination,
                             std::vector<base::Finding>& findings) const;
    void note_submitted(const Job& job);
    [[nodiscard]] std::optional<Job> stop_waiting(Job job);
    [[nodiscard]] base::Result<void> move_end(const Job& job, std::chrono::milliseconds duration);
    [[nodiscard]] Removal remove_now(const std::string& id);
    void remove_ended(const Job& job);
    [[nodiscard]] bool give_up(const std::string& id);
    void finish_removals();
    [[nodiscard]] bool gave_up_on_device(const Job& job) const;
    [[nodiscard]] std::optional<Job> live(const Job& stored);

    Store& store_;
    const capture::Engines& engines_;
    const sink::Sinks& sinks_;
    sink::PartPool& parts_;
    sink::SpoolSpace& spool_space_;
    Encoders encoders_;
    Metrics metrics_;
    Speakers speakers_;
    std::counting_semaphore<> places_to_deliver_;
    WaitingDeliveries deliveries_;
    SupervisorOptions options_;
    RunContext context_;
    GivingUp giving_up_;
    base::Wakeup wakeup_;
    std::atomic<bool> shutting_down_ = false;
    std::atomic<std::size_t> capturing_ = 0;      ///< changed by the dispatching thread only
    std::map<std::string, Elsewhere> elsewhere_;  ///< the dispatching thread only
    base::Guarded<ActiveRuns> active_;
    base::Guarded<std::set<std::string>> removing_;  ///< jobs that a thread removes at this moment
    base::Stop sweep_stop_;
    std::jthread sweeper_;  // it uses the members above
    Devices devices_;       // last: likewise
};

[[nodiscard]] base::Error no_such_job(std::string_view id);

}  // namespace xpc::job
