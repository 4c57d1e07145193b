// The life of jobs on a device whose captures outlive the process that began them.

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "job/device_double.hpp"
#include "job/memory_plan.hpp"
#include "job/spool_files.hpp"
#include "job/supervisor.hpp"
#include "job/transcript.hpp"
#include "sink/part_pool.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"
#include "sink/spool_writers.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using base::Errc;

namespace {

const base::Error unreachable{.errc = Errc::not_ready, .message = "no IOS session", .field = {}};

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

/// One process of those that the folder, the job store in it and the device outlive.
class Process {
public:
    Process(const Folders& folders, tests::Device& device, Part part = Part::all)
        : store(folders.scratch.path() / "jobs.db"),
          engines_(memory().ring_bytes),
          sinks_({.objects_dir = folders.objects, .s3 = {}}),
          parts_(memory().part_bytes, memory().part_count),
          space_(folders.spool, 0),
          writers_(&space_) {
        engines_.add({.name = "edge1", .engine = std::make_unique<tests::DeviceEngine>(device)});
        SupervisorOptions options{.spool_dir = folders.spool,
                                  .transcript_dir = folders.transcripts,
                                  .delivers = part != Part::worker,
                                  .limits = {.max_duration = 1h, .snaplen = 262'144},
                                  .classic_format = pcap::FileFormat::pcap_nanoseconds,
                                  .give_up_after = 1h,
                                  .most_running = 10,
                                  .most_queued = 100};
        options.devices.keeper = {.transcript_dir = folders.transcripts,
                                  .looks_when_idle = part == Part::all,
                                  .between_tries = 20ms,
                                  .between_looks = 1h};
        if (part == Part::server) {
            options.devices.elsewhere["edge1"] = [] {
                return base::refuse(Errc::not_ready, "no worker has run");
            };
        }
        supervisor.emplace(store, engines_, sinks_, parts_, space_, writers_, std::move(options));
        supervisor->recover();
    }

    [[nodiscard]] Job submit(std::chrono::milliseconds duration) {
        auto job = supervisor->submit({.device = "edge1",
                                       .interfaces = {"Gi1"},
                                       .proto = "udp",
                                       .src = "any",
                                       .dst = "any",
                                       .bidirectional = true,
                                       .duration = duration,
                                       .bucket = "captures"},
                                      "http://127.0.0.1:5000");
        REQUIRE(job);
        return std::move(*job);
    }

    /// Does what the main thread does, until that is so. False where it takes too long.
    template <typename Condition>
    [[nodiscard]] bool run_until(Condition condition) {
        const auto end = base::in(20s);
        const base::Stop nobody;
        while (base::Deadline::clock::now() < end) {
            supervisor->hear_wakeup();
            [[maybe_unused]] const auto pause = supervisor->dispatch();
            if (condition()) return true;
            [[maybe_unused]] const auto woken =
                base::wait(supervisor->wakeup().fd(), nobody, base::in(5ms));
        }
        return false;
    }

    [[nodiscard]] bool run_until(const Job& job, Position position) {
        return run_until([&] { return supervisor->find(job.id)->position == position; });
    }

    void shut_down() { supervisor->shut_down(base::in(5s)); }

    Store store;

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

constexpr Position delivered{.state = State::stopped, .delivery = Delivery::delivered};
constexpr Position failed{.state = State::stopped, .delivery = Delivery::failed};
constexpr Position running{.state = State::running, .delivery = Delivery::none};
constexpr Position handed_over{.state = State::stopped, .delivery = Delivery::uploading};

std::string name_of(const Job& job) {
    return "XP" + std::to_string(job.number);
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A job that a killed process left in that state, and what it left on the device.
Job left_behind(const Folders& folders, tests::Device& device, State state, bool is_there,
                const std::string& name = "edge1") {
    Store store(folders.scratch.path() / "jobs.db");
    Job job = stand_in({.device = name,
                        .interfaces = {"Gi1"},
                        .proto = "udp",
                        .src = "any",
                        .dst = "any",
                        .bidirectional = true,
                        .duration = 1h,
                        .bucket = "captures"});
    job.destination = {.store = sink::StoreKind::embedded, .bucket = "captures", .key = {}};
    job = *store.insert(std::move(job), 10);
    for (const State next : {State::starting, State::running, State::stopping}) {
        const Position from = job.position;
        job.position.state = next;
        if (next == State::running) job.started_at = base::wall_now();
        REQUIRE(store.update(job, from));
        if (next == state) break;
    }
    store.note_on_device({.device = name, .name = name_of(job), .job_id = job.id});
    if (is_there) device.points[name_of(job)] = {.began = base::wall_now(), .duration = 1h};
    return job;
}

}  // namespace

TEST_CASE("a capture on a device is delivered, and nothing of it stays there") {
    const Folders folders;
    tests::Device device;
    Process process(folders, device);
    const Job job = process.submit(50ms);
    REQUIRE(process.run_until(job, delivered));
    REQUIRE(process.run_until([&] { return device.names().empty(); }));
    const auto done = process.supervisor->find(job.id);
    CHECK(done->stop_reason == StopReason::duration);
    CHECK(done->counters.captured == device.frames);
    CHECK(done->object->bytes == done->counters.bytes);
    CHECK(done->errors.empty());
    CHECK(process.run_until([&] { return process.store.on_device("edge1").empty(); }));
    CHECK(device.count("clear " + name_of(job)) == 1);
}

TEST_CASE("a capture whose delivery has failed is cleared too, since the spool has it") {
    const Folders folders;
    tests::Device device;
    std::filesystem::permissions(folders.objects, std::filesystem::perms::none);
    std::filesystem::remove(folders.objects);
    std::ofstream(folders.objects) << "in the way";  // so that nothing can be delivered
    Process process(folders, device);
    const Job job = process.submit(20ms);
    REQUIRE(process.run_until(job, failed));
    CHECK(process.run_until([&] { return device.names().empty(); }));  // the spool has it
    CHECK(std::filesystem::exists(spool_path(folders.spool, job.id)));
}

TEST_CASE("what was said to a device for a job is kept with it, and removed with it") {
    const Folders folders;
    tests::Device device;
    Process process(folders, device);
    const Job job = process.submit(20ms);
    REQUIRE(process.run_until(job, delivered));
    REQUIRE(process.run_until([&] { return device.names().empty(); }));
    const auto path = process.supervisor->transcript_file(job);
    const std::string said = content(path);
    CHECK(said.contains("Z > monitor capture " + name_of(job) + " start\n"));
    CHECK(said.contains("Z < Started capture point : " + name_of(job) + "\n"));
    CHECK(said.contains("> no monitor capture " + name_of(job)));  // after the end, too
    REQUIRE(process.supervisor->remove(job.id));
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a capture goes on when the server ends, and the next one takes it up") {
    const Folders folders;
    tests::Device device;
    Job job;
    {
        Process first(folders, device);
        job = first.submit(1s);
        REQUIRE(first.run_until(job, running));
        first.shut_down();
        CHECK(first.store.find(job.id)->position == running);
    }
    CHECK(device.names() == std::vector<std::string>{name_of(job)});
    CHECK(device.count("stop " + name_of(job)) == 0);
    CHECK_FALSE(std::filesystem::exists(spool_path(folders.spool, job.id)));
    Process second(folders, device);
    REQUIRE(second.run_until(job, delivered));
    const auto done = second.supervisor->find(job.id);
    CHECK(done->stop_reason == StopReason::duration);
    CHECK(done->errors.empty());
    CHECK(*done->stopped_at - *done->started_at >= 1s);
    CHECK(device.count("start " + name_of(job)) == 1);
}

TEST_CASE("a capture whose time is over while nobody was there ends at once") {
    const Folders folders;
    tests::Device device;
    Job job = left_behind(folders, device, State::running, true);
    {
        Store store(folders.scratch.path() / "jobs.db");
        job.started_at = base::wall_now() - 2h;
        REQUIRE(store.update(job, job.position));
    }
    Process process(folders, device);
    REQUIRE(process.run_until(job, delivered));
    CHECK(process.supervisor->find(job.id)->stop_reason == StopReason::duration);
}

TEST_CASE("a job whose capture was killed before it had begun is captured then") {
    for (const bool is_there : {false, true}) {
        CAPTURE(is_there);
        const Folders folders;
        tests::Device device;
        const Job job = left_behind(folders, device, State::starting, is_there);
        Process process(folders, device);
        REQUIRE(process.run_until(job, running));
        CHECK(device.count("start " + name_of(job)) == (is_there ? 0 : 1));
        REQUIRE(process.supervisor->stop(job.id));
        REQUIRE(process.run_until(job, delivered));
        CHECK(process.supervisor->find(job.id)->stop_reason == StopReason::user);
    }
}

TEST_CASE("a job that was killed while it fetched its file fetches it again") {
    const Folders folders;
    tests::Device device;
    const Job job = left_behind(folders, device, State::stopping, true);
    std::ofstream(spool_path(folders.spool, job.id)) << "half of a file";
    Process process(folders, device);
    REQUIRE(process.run_until(job, delivered));
    CHECK(process.supervisor->find(job.id)->counters.captured == device.frames);
    CHECK(process.supervisor->find(job.id)->stop_reason == StopReason::duration);
}

TEST_CASE("a capture that is gone from its device is told, and its job has failed") {
    for (const State state : {State::running, State::stopping}) {
        const Folders folders;
        tests::Device device;
        const Job job = left_behind(folders, device, state, false);
        Process process(folders, device);
        REQUIRE(process.run_until(job, failed));
        const auto done = process.supervisor->find(job.id);
        REQUIRE(done->errors.size() == 1);
        CHECK(done->errors.front().errc == Errc::device);
        CHECK(done->errors.front().message.contains("the capture is gone"));
        CHECK(done->stop_reason == StopReason::error);
    }
}

TEST_CASE("a job whose device is not configured any more says so") {
    for (const State state : {State::starting, State::running}) {
        const Folders folders;
        tests::Device device;
        const Job job = left_behind(folders, device, state, true, "edge2");
        Process process(folders, device);
        REQUIRE(process.run_until(job, failed));
        CHECK(process.supervisor->find(job.id)->errors.front().message ==
              "device \"edge2\": is not configured");
    }
}

TEST_CASE("a user's stop holds over a restart") {
    const Folders folders;
    tests::Device device;
    const Job job = left_behind(folders, device, State::running, true);
    Store(folders.scratch.path() / "jobs.db").request_stop(job.id);
    Process process(folders, device);
    REQUIRE(process.run_until(job, delivered));
    CHECK(process.supervisor->find(job.id)->stop_reason == StopReason::user);
}

TEST_CASE("jobs wait while their device can not be reached, and others do not") {
    const Folders folders;
    tests::Device device;
    device.away = unreachable;
    Process process(folders, device);
    const Job job = process.submit(20ms);
    REQUIRE(process.run_until([&] { return !process.supervisor->obstacles().empty(); }));
    CHECK(process.supervisor->find(job.id)->position == Position{});
    const auto obstacles = process.supervisor->obstacles();
    REQUIRE(obstacles.size() == 1);
    CHECK(obstacles.front().message == unreachable.message);
    device.with([&] { device.away.reset(); });
    REQUIRE(process.run_until(job, delivered));
    CHECK(process.supervisor->obstacles().empty());
}

TEST_CASE("a file that did not come whole is fetched again, some times") {
    const Folders folders;
    tests::Device device;
    device.broken = base::Error{.errc = Errc::timeout, .message = "no answer", .field = {}};
    Process process(folders, device);
    const Job job = process.submit(20ms);
    REQUIRE(process.run_until(job, delivered));
    CHECK(process.supervisor->find(job.id)->errors.empty());
    CHECK(device.count("start " + name_of(job)) == 1);
    CHECK(device.count("resume " + name_of(job)) == 1);
    CHECK(device.count("stop " + name_of(job)) == 2);
}

TEST_CASE("what a device refuses ends its job with the device's words") {
    const Folders folders;
    tests::Device device;
    device.broken = base::Error{.errc = Errc::device, .message = "% Out of space", .field = {}};
    Process process(folders, device);
    const Job job = process.submit(20ms);
    REQUIRE(process.run_until(job, failed));
    CHECK(process.supervisor->find(job.id)->errors.front().message == "% Out of space");
    CHECK(process.run_until([&] { return device.names().empty(); }));
}

TEST_CASE("at the start what is left on the device is swept, but for what jobs need") {
    const Folders folders;
    tests::Device device;
    device.points["XP111111"] = {};
    device.points["OTHERS"] = {};
    const Job job = left_behind(folders, device, State::running, true);
    Process process(folders, device);
    REQUIRE(
        process.run_until([&] { return !device.names().empty() && device.count("sweep") > 0; }));
    CHECK(device.names() == std::vector<std::string>{"OTHERS", name_of(job)});
    process.shut_down();
}

TEST_CASE("a worker captures up to the spool, and the server delivers") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    const Job job = server.submit(20ms);
    REQUIRE(server.run_until([] { return true; }));
    CHECK(server.supervisor->obstacles().front().message.contains("no worker has run"));
    CHECK(server.supervisor->find(job.id)->position == Position{});
    {
        Process worker(folders, device, Part::worker);
        REQUIRE(worker.run_until([&] { return worker.supervisor->is_idle(); }));
        CHECK(worker.store.find(job.id)->position == handed_over);
        CHECK(device.names() == std::vector<std::string>{name_of(job)});  // no receipt yet
    }
    CHECK(std::filesystem::exists(spool_path(folders.spool, job.id)));
    REQUIRE(server.run_until(job, delivered));
    CHECK_FALSE(std::filesystem::exists(spool_path(folders.spool, job.id)));
    Process next(folders, device, Part::worker);
    REQUIRE(next.run_until([&] { return next.supervisor->is_idle(); }));
    CHECK(device.names().empty());
}

TEST_CASE("a worker that has nothing to do says nothing to the device") {
    const Folders folders;
    tests::Device device;
    for (int i = 0; i < 2; ++i) {
        Process worker(folders, device, Part::worker);
        REQUIRE(worker.run_until([&] { return worker.supervisor->is_idle(); }));
    }
    CHECK(device.dialogue.empty());
}

TEST_CASE("a worker takes up what an earlier one left running") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    const Job job = server.submit(500ms);
    {
        Process worker(folders, device, Part::worker);
        REQUIRE(worker.run_until(job, running));
        worker.shut_down();
    }
    REQUIRE(server.run_until([] { return true; }));
    CHECK(server.supervisor->find(job.id)->position == running);
    Process worker(folders, device, Part::worker);
    REQUIRE(worker.run_until([&] { return worker.supervisor->is_idle(); }));
    REQUIRE(server.run_until(job, delivered));
    CHECK(device.count("start " + name_of(job)) == 1);
}

TEST_CASE("a user's stop reaches the worker by the store") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    Process worker(folders, device, Part::worker);
    const Job job = server.submit(1h);
    REQUIRE(worker.run_until(job, running));
    CHECK(server.supervisor->remove(job.id).error().errc == Errc::conflict);
    REQUIRE(server.supervisor->stop(job.id));
    REQUIRE(worker.run_until(job, handed_over));
    REQUIRE(server.run_until(job, delivered));
    CHECK(server.supervisor->find(job.id)->stop_reason == StopReason::user);
}

TEST_CASE("a worker without a session leaves all jobs where they are") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    const Job job = server.submit(20ms);
    device.away = unreachable;
    Process worker(folders, device, Part::worker);
    REQUIRE(worker.run_until([&] { return worker.supervisor->is_idle(); }));
    CHECK(worker.store.find(job.id)->position == Position{});
    CHECK(worker.supervisor->obstacles().front().errc == Errc::not_ready);
}

TEST_CASE("several jobs of one device run at once, each of them once") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    std::vector<Job> jobs;
    for (int i = 0; i < 8; ++i)
        jobs.push_back(server.submit(100ms));
    Process worker(folders, device, Part::worker);
    REQUIRE(worker.run_until([&] { return worker.supervisor->is_idle(); }));
    for (const Job& job : jobs) {
        CHECK(server.run_until(job, delivered));
        CHECK(device.count("start " + name_of(job)) == 1);
    }
}
