#pragma once

#include <chrono>
#include <string>

#include "base/metrics.hpp"
#include "job/job.hpp"

namespace xpc::job {

/// What has been captured and delivered since the start, of all jobs.
/// Threads: any.
class Metrics {
public:
    Metrics();

    base::CounterFamily received;
    base::CounterFamily captured;
    base::CounterFamily filtered;
    base::CounterFamily dropped;
    base::CounterFamily bytes;
    base::Counter submitted;
    base::CounterFamily deliveries;
    base::CounterFamily delivery_bytes;
    base::CounterFamily delivery_failures;
    base::CounterFamily delivery_retries;
    base::DurationHistogram stop_to_object;

    /// A job that has its receipt, or receipts.
    void count_delivered(const Job& job);

    /// A delivery that could not be made, and is tried again, or not.
    void count_not_delivered(const Job& job, base::Errc errc, bool is_tried_again);

    void write(base::MetricsText& out) const;
};

/// Adds to the metrics by how much one job's counters have grown, whoever counts: a capture that
/// is fetched from its device once more is counted once.
/// Lifetime: the metrics outlive it. Threads: one at a time.
class Tally {
public:
    Tally(Metrics& metrics, const JobRequest& request);

    void show(const Counters& counters) noexcept;

private:
    struct Column {
        std::uint64_t Counters::* member;
        base::Counter* counter;
    };

    std::array<Column, 7> columns_{};
    Counters shown_;
};

}  // namespace xpc::job
