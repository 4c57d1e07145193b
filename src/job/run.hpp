#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <thread>

#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "capture/engine.hpp"
#include "job/capture_window.hpp"
#include "job/growing_capture.hpp"
#include "job/job.hpp"
#include "job/metrics.hpp"
#include "job/segments.hpp"
#include "job/speakers.hpp"
#include "job/store.hpp"
#include "job/waiting_deliveries.hpp"
#include "pcap/file_format.hpp"

namespace xpc::capture {
class Engines;
}

namespace xpc::sink {
class PartPool;
class Sink;
class Sinks;
class SpoolWriters;
}  // namespace xpc::sink

namespace xpc::job {

class Encoders;
class Recorder;
class Sources;
struct RecordingProgress;

/// What every run needs; all of it outlives the runs.
struct RunContext {
    Store& store;
    const capture::Engines& engines;
    const sink::Sinks& sinks;
    sink::PartPool& parts;
    sink::SpoolWriters& spool_writers;
    Encoders& encoders;
    Metrics& metrics;
    Speakers& speakers;
    /// Of captures that have just ended, for deliveries to a store that takes a while.
    std::counting_semaphore<>& places_to_deliver;
    std::filesystem::path spool_dir;
    std::filesystem::path transcript_dir;
    bool delivers = true;  ///< else another process does
    std::uint32_t snaplen = 0;
    pcap::FileFormat classic_format{};               ///< what a classic file is: of ns or of us
    std::chrono::milliseconds between_statistics{};  ///< in a file; 0: only at its end
    std::chrono::milliseconds give_up_after{};       ///< deliveries, this long after the capture
    /// Called with a device that was found to be away; must not block.
    std::function<void(const std::string& device)> device_away;
};

/// The execution of one job, on a thread of its own: capture, then delivery. A job that has stopped
/// already is only delivered; one whose capture an earlier process began on a device, and left
/// there, goes on with that. It ends as well where its delivery has to wait: a later run tries it.
/// Errors:  are the job's: they go into its record.
/// Threads: any, but for the destructor.
class Run {
public:
    /// `on_change` is called when the capture has ended, and when the run has; it must not block.
    /// `tries`: what runs before this one have tried of the delivery.
    /// Errors: Failure(no_resources), std::system_error.
    Run(const RunContext& context, Job job, DeliveryTries tries, std::function<void()> on_change);

    /// Waits for the end.
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    Run(Run&&) = delete;
    Run& operator=(Run&&) = delete;

    /// The job as it is now, counters at most a quarter of a second old.
    [[nodiscard]] Job job() const { return job_.copy(); }

    [[nodiscard]] GrowingCapture growing() const { return growing_.copy(); }

    /// Ends the capture and keeps it. Nothing, when it has ended.
    void stop_by_user();

    /// Likewise, because the server ends; the job says so. A capture that outlives us is left to
    /// the next process.
    void stop_by_shutdown();

    /// Moves the end of the capture, for this run; it is stored by the caller.
    /// Errors: conflict, with field "duration".
    [[nodiscard]] base::Result<void> set_duration(std::chrono::milliseconds duration);

    /// Leaves what is not delivered yet to the next start.
    void abandon_delivery();

    /// Its user does not want it any more: the capture ends, and nothing of it is fetched from a
    /// device; a delivery that is under way, or waits, has failed.
    void give_up();

    /// What its job says then.
    [[nodiscard]] static base::Failure given_up();

    /// False once its parts and its place on the tap are free again.
    [[nodiscard]] bool is_capturing() const noexcept { return capturing_.load(); }

    [[nodiscard]] bool has_ended() const noexcept { return ended_.load(); }

    /// Of a run that has ended: when another one is to try the delivery, if one is.
    [[nodiscard]] const std::optional<WaitingDelivery>& next_try() const noexcept {
        return next_try_;
    }

private:
    enum class Cause { none, user, shutdown, disk };

    void execute();
    [[nodiscard]] bool begin(Job& job);
    [[nodiscard]] bool capture(Job& job);
    [[nodiscard]] bool record(Job& job, Sources& sources, bool outlives_us);
    [[nodiscard]] bool capture_on_device(Job& job, capture::Engine& engine);
    [[nodiscard]] bool begin_try(Job& job);
    [[nodiscard]] base::Result<bool> try_device(Job& job, capture::Engine& engine,
                                                const capture::CaptureOptions& options,
                                                bool may_be_there);
    [[nodiscard]] bool await_turn(Speakers::Part part, const Job& job);
    [[nodiscard]] bool is_over(const Job& job) const;
    [[nodiscard]] bool await_device(Job& job, const base::Error& error,
                                    const base::Result<void>& ready, unsigned failures);
    [[nodiscard]] bool await_next_start(Job& job, const base::Error& error, unsigned failures);
    void put_back(Job& job, const base::Error& error);
    [[nodiscard]] bool may_finish(Job& job, base::Woken woken);
    void conclude_files(Job& job, const Recorder& recorder, const Segments::Outcome& outcome);
    void show(const RecordingProgress& progress);
    [[nodiscard]] std::unique_ptr<RecordingFile> whole_file(const Job& job,
                                                            bool is_delivered_growing) const;
    [[nodiscard]] Segments::Outcome close_whole(RecordingFile& file);
    [[nodiscard]] base::Woken await(Sources& sources, std::optional<Segments>& segments);
    void deliver(Job& job);
    void check_what_was_left(Job& job);
    [[nodiscard]] bool try_to_deliver(Job& job, bool is_just_written);
    [[nodiscard]] std::optional<base::Error> attempt(Job& job, bool is_just_written);
    [[nodiscard]] bool is_worth_a_wait(const Job& job, const base::Error& error) const;
    void wait_for_next_try(Job& job, const base::Error& error);
    void try_again_in(const Job& job, std::chrono::milliseconds pause);
    void deliver_whole(Job& job);
    void deliver_segments(Job& job);
    void conclude(Job& job, const capture::End& end, bool is_due, std::optional<StopReason> full,
                  const std::optional<base::Error>& disk_error);
    void fail(Job& job, base::Error error);
    void stop(Cause cause);
    void save(const Job& job, Store::Sync sync = Store::Sync::at_once);
    void publish(const Job& job);
    void save_surely(const Job& job);
    void save_stopping(const Job& job, Store::Sync sync);

    const RunContext& context_;
    std::function<void()> on_change_;
    std::unique_ptr<sink::Sink> sink_;  ///< the run's thread only
    const bool has_captured_;           ///< an earlier run has, so that this one only delivers
    DeliveryTries tries_;               ///< the run's thread only, as the next
    std::optional<WaitingDelivery> next_try_;
    bool is_taken_up_;                    ///< an earlier process has begun the capture
    std::optional<Speakers::Turn> turn_;  ///< on a device whose captures outlive us; as sink_
    Tally tally_;                         ///< the frames' source, and then the run's thread
    Position saved_;                      ///< where the store has the job; the run's thread only
    CaptureWindow window_;
    base::Guarded<Job> job_;
    base::Guarded<GrowingCapture> growing_;
    base::Stop stop_;
    base::Stop leave_;  ///< by a shutdown, or as its user has given it up
    base::Stop abandon_;
    std::atomic<Cause> cause_ = Cause::none;
    std::atomic<bool> given_up_ = false;
    std::atomic<bool> capturing_ = true;
    std::atomic<bool> ended_ = false;
    std::jthread thread_;  // last: it uses the members above
};

}  // namespace xpc::job
