#include "daemon/worker.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/device_roles.hpp"

namespace xpc::daemon {
namespace {

// In a guestshell of 256 MB, beside the server. Captures come from a file, which waits.
constexpr std::uint64_t most_memory_bytes = std::uint64_t{16} << 20U;

bool has_session(const job::Supervisor& supervisor) {
    return std::ranges::none_of(supervisor.obstacles(), [](const base::Error& obstacle) {
        return obstacle.errc == base::Errc::not_ready;
    });
}

}  // namespace

Worker::Worker(const Config& config)
    : Worker(config, job::plan_memory(std::min(config.capture.memory_bytes, most_memory_bytes))) {}

Worker::Worker(const Config& config, const job::MemoryPlan& memory)
    : data_dir_(config.server.data_dir, DataDir::Role::worker),
      store_(data_dir_.store_file()),
      engines_(memory.ring_bytes, config.capture.readers, devices_with_scratch(config, data_dir_)),
      sinks_({.objects_dir = data_dir_.objects(), .s3 = {}}),
      parts_(memory.part_bytes, memory.part_count),
      spool_space_(data_dir_.spool(), config.delivery.spool_bytes),
      spool_writers_(&spool_space_),
      supervisor_(
          store_, engines_, sinks_, parts_, spool_space_, spool_writers_,
          {.spool_dir = data_dir_.spool(),
           .transcript_dir = data_dir_.transcripts(),
           .delivers = false,
           .devices = devices_of_worker(config, engines_, data_dir_),
           // a job that has begun is one that a worker is there for: the server gives up the others
           .before_start = [this] { data_dir_.show_worker_alive(); },
           .limits = {.max_duration = config.jobs.max_duration, .snaplen = config.capture.snaplen},
           .classic_format = config.capture.classic_format,
           .between_statistics = config.capture.statistics,
           .give_up_after = config.delivery.give_up_after,
           .longest_wait = config.jobs.max_wait,
           .most_running = config.jobs.max_running,
           .most_queued = config.jobs.max_queued}) {
    supervisor_.recover();
}

void Worker::run(std::chrono::milliseconds longest) {
    constexpr std::chrono::seconds between_signs{10};
    constexpr std::chrono::milliseconds between_looks{1000};
    // a file that is being fetched is fetched to its end, which the next worker would begin anew;
    // the applet leaves a minute for it
    constexpr std::chrono::seconds until_maxrun{45};
    std::chrono::seconds grace{2};
    const auto end = base::in(longest);
    auto next_sign = base::Deadline::clock::now();
    const base::Stop nobody;
    std::string_view reason = "nothing to do";
    for (;;) {
        supervisor_.hear_wakeup();
        const auto pause = supervisor_.dispatch();
        if (!has_session(supervisor_)) {  // and there will be none: the next worker may have one
            reason = "the device can not be reached";
            break;
        }
        if (supervisor_.is_idle()) break;
        const auto now = base::Deadline::clock::now();
        if (now >= end) {
            reason = "its time is over";
            grace = until_maxrun;
            break;
        }
        if (now >= next_sign && supervisor_.knows_its_devices() &&
            supervisor_.obstacles().empty()) {
            data_dir_.show_worker_alive();
            next_sign = base::in(between_signs);
        }
        const auto woken = base::wait({signals_.fd(), supervisor_.wakeup().fd()}, nobody,
                                      std::min(end, base::in(pause.value_or(between_looks))));
        if (woken == base::Woken::ready && signals_.take()) {
            reason = "a signal";
            break;
        }
    }
    const bool is_worker = has_session(supervisor_);
    supervisor_.shut_down(base::in(grace));
    if (is_worker) data_dir_.show_worker_alive();
    base::log::info("worker.ended", {{"reason", reason}});
    for (const base::Error& obstacle : supervisor_.obstacles()) {
        if (obstacle.errc != base::Errc::cancelled) throw base::Failure(obstacle);
    }
}

}  // namespace xpc::daemon
