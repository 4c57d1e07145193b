#pragma once

#include <chrono>

#include "capture/engines.hpp"
#include "daemon/config.hpp"
#include "daemon/data_dir.hpp"
#include "daemon/signals.hpp"
#include "job/memory_plan.hpp"
#include "job/store.hpp"
#include "job/supervisor.hpp"
#include "sink/part_pool.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"
#include "sink/spool_writers.hpp"

namespace xpc::daemon {

/// `work --once`: captures from the device that only a process reaches which IOS has started, as
/// far as the spool. A server on the same data_dir takes the requests, and delivers.
/// Errors: the constructor and run() throw Failure; in_use where there is another worker.
class Worker {
public:
    explicit Worker(const Config& config);

    /// Returns when there is nothing to do, after `longest`, or with SIGTERM or SIGINT; captures
    /// that still run are left to the next worker.
    /// Errors: not_ready, where there would be something to do.
    void run(std::chrono::milliseconds longest);

private:
    Worker(const Config& config, const job::MemoryPlan& memory);

    Signals signals_;  // first: every thread inherits the blocked signals
    DataDir data_dir_;
    job::Store store_;
    capture::Engines engines_;
    sink::Sinks sinks_;
    sink::PartPool parts_;
    sink::SpoolSpace spool_space_;
    sink::SpoolWriters spool_writers_;
    job::Supervisor supervisor_;
};

}  // namespace xpc::daemon
