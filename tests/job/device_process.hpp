#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "base/wait_for_call.hpp"
#include "job/device_double.hpp"
#include "job/memory_plan.hpp"
#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "job/supervisor.hpp"
#include "sink/part_pool.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"
#include "sink/spool_writers.hpp"
#include "support/scratch_folder.hpp"

// Processes that capture from a device, one after the other or beside each other, for tests.
namespace xpc::job {

inline const base::Error unreachable{
    .errc = base::Errc::not_ready, .message = "no IOS session", .field = {}};

struct Folders {
    Folders() {
        for (const auto& folder : {spool, transcripts, objects})
            std::filesystem::create_directories(folder);
    }

    tests::ScratchFolder scratch;
    std::filesystem::path spool = scratch.path() / "spool";
    std::filesystem::path transcripts = scratch.path() / "transcripts";
    std::filesystem::path objects = scratch.path() / "objects";
};

enum class Part { all, worker, server };

struct ProcessLimits {
    std::chrono::milliseconds longest_wait = std::chrono::hours(1);
    std::size_t most_captures = 0;  ///< on the device; 0: no limit
    std::function<void()> before_start{};
};

/// One process of those that the folder, the job store in it and the device outlive.
class Process {
public:
    Process(const Folders& folders, tests::Device& device, Part part = Part::all,
            const ProcessLimits& limits = {})
        : store(folders.scratch.path() / "jobs.db"),
          engines_(memory().ring_bytes),
          sinks_({.objects_dir = folders.objects, .s3 = {}}),
          parts_(memory().part_bytes, memory().part_count),
          space_(folders.spool, 0),
          writers_(&space_) {
        engines_.add(
            {.name = "edge1",
             .engine = std::make_unique<tests::DeviceEngine>(device, limits.most_captures)});
        SupervisorOptions options{
            .spool_dir = folders.spool,
            .transcript_dir = folders.transcripts,
            .delivers = part != Part::worker,
            .before_start = limits.before_start,
            .limits = {.max_duration = std::chrono::hours(1), .snaplen = 262'144},
            .classic_format = pcap::FileFormat::pcap_nanoseconds,
            .give_up_after = std::chrono::hours(1),
            .longest_wait = limits.longest_wait,
            .most_running = 10,
            .most_queued = 100};
        options.devices.keeper = {.transcript_dir = folders.transcripts,
                                  .looks_when_idle = part == Part::all,
                                  .between_tries = std::chrono::milliseconds(20),
                                  .between_looks = std::chrono::hours(1)};
        if (part == Part::server) {
            options.devices.elsewhere["edge1"] = [this]() -> base::Result<void> {
                if (has_worker) return {};
                return base::refuse(base::Errc::not_ready, "no worker has run");
            };
        }
        supervisor.emplace(store, engines_, sinks_, parts_, space_, writers_, std::move(options));
        supervisor->recover();
    }

    [[nodiscard]] Job submit(std::chrono::milliseconds duration) {
        const JobRequest request{.device = "edge1",
                                 .interfaces = {"Gi1"},
                                 .proto = "udp",
                                 .src = "any",
                                 .dst = "any",
                                 .bidirectional = true,
                                 .duration = duration,
                                 .bucket = "captures"};
        auto stored = base::wait_for_call<tests::Inserted>([&](auto submitted) {
                          REQUIRE(supervisor->submit(request, "http://127.0.0.1:5000", std::nullopt,
                                                     std::move(submitted)));
                      }).take();
        REQUIRE(stored);
        return std::move(stored->job);
    }

    /// Does what the main thread does, until that is so. False where it takes too long.
    template <typename Condition>
    [[nodiscard]] bool run_until(Condition condition) {
        const auto end = base::in(std::chrono::seconds(20));
        const base::Stop nobody;
        while (base::Deadline::clock::now() < end) {
            supervisor->hear_wakeup();
            [[maybe_unused]] const auto pause = supervisor->dispatch();
            if (condition()) return true;
            [[maybe_unused]] const auto woken = base::wait(supervisor->wakeup().fd(), nobody,
                                                           base::in(std::chrono::milliseconds(5)));
        }
        return false;
    }

    [[nodiscard]] bool run_until(const Job& job, Position position) {
        return run_until([&] { return supervisor->find(job.id)->position == position; });
    }

    void shut_down() { supervisor->shut_down(base::in(std::chrono::seconds(5))); }

    Store store;
    bool has_worker = false;  ///< as a server sees it

private:
    static MemoryPlan memory() { return plan_memory(std::size_t{16} << 20U); }

    capture::Engines engines_;
    sink::Sinks sinks_;
    sink::PartPool parts_;
    sink::SpoolSpace space_;
    sink::SpoolWriters writers_;

public:
    std::optional<Supervisor> supervisor;
};

inline constexpr Position delivered{.state = State::stopped, .delivery = Delivery::delivered};
inline constexpr Position failed{.state = State::stopped, .delivery = Delivery::failed};
inline constexpr Position running{.state = State::running, .delivery = Delivery::none};
inline constexpr Position handed_over{.state = State::stopped, .delivery = Delivery::uploading};

inline std::string name_of(const Job& job) {
    return "XP" + std::to_string(job.number);
}

inline std::string content(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A job that a killed process left in that state, and what it left on the device.
inline Job left_behind(const Folders& folders, tests::Device& device, State state, bool is_there,
                       const std::string& name = "edge1") {
    Store store(folders.scratch.path() / "jobs.db");
    Job job = stand_in({.device = name,
                        .interfaces = {"Gi1"},
                        .proto = "udp",
                        .src = "any",
                        .dst = "any",
                        .bidirectional = true,
                        .duration = std::chrono::hours(1),
                        .bucket = "captures"});
    job.destination = {.store = sink::StoreKind::embedded, .bucket = "captures", .key = {}};
    job = *tests::insert(store, std::move(job), 10);
    for (const State next : {State::starting, State::running, State::stopping}) {
        const Position from = job.position;
        job.position.state = next;
        if (next == State::running) job.started_at = base::wall_now();
        REQUIRE(store.update(job, from));
        if (next == state) break;
    }
    store.note_on_device({.device = name, .name = name_of(job), .job_id = job.id});
    if (is_there)
        device.points[name_of(job)] = {.began = base::wall_now(),
                                       .duration = std::chrono::hours(1)};
    return job;
}

}  // namespace xpc::job
