// The life of jobs on a device whose captures outlive the process that began them.

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "job/device_process.hpp"
#include "job/spool_files.hpp"
#include "job/transcript.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using base::Errc;

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

TEST_CASE("a job says what it waits for, and fails where that lasts too long") {
    const Folders folders;
    tests::Device device;
    device.away = base::Error{.errc = Errc::device_unreachable, .message = "no route", .field = {}};
    Process process(folders, device, Part::all, {.longest_wait = 1s});
    const Job job = process.submit(20ms);
    REQUIRE(
        process.run_until([&] { return process.supervisor->find(job.id)->errors.size() == 1; }));
    const auto waits = process.supervisor->find(job.id);
    CHECK(waits->position == Position{});
    CHECK(waits->waiting == "no route");
    CHECK(waits->errors.front().errc == Errc::device_unreachable);
    CHECK(process.supervisor->list({}).front().waiting == "no route");
    REQUIRE(process.run_until(job, failed));
    const auto ended = process.supervisor->find(job.id);
    CHECK(base::wall_now() - job.created_at >= 1s);
    CHECK(ended->stop_reason == StopReason::error);
    CHECK(ended->waiting.empty());
    REQUIRE(ended->errors.size() == 1);
    CHECK(ended->errors.front().message == "no route; waited 1 s for it (jobs.max_wait)");
    CHECK(device.dialogue.empty());
}

TEST_CASE("a job whose device refuses us for good fails by its own attempt, and the next may do") {
    const Folders folders;
    tests::Device device;
    device.away = base::Error{.errc = Errc::device_login, .message = "wrong password", .field = {}};
    Process process(folders, device);
    for (int i = 0; i < 2; ++i) {
        const Job job = process.submit(20ms);
        REQUIRE(process.run_until(job, failed));
        REQUIRE(process.supervisor->find(job.id)->errors.size() == 1);
        CHECK(process.supervisor->find(job.id)->errors.front().message == "wrong password");
    }
    CHECK(process.supervisor->obstacles().size() == 1);
    device.with([&] { device.away.reset(); });
    const Job job = process.submit(20ms);
    REQUIRE(process.run_until(job, delivered));
    CHECK(process.run_until([&] { return process.supervisor->obstacles().empty(); }));
}

TEST_CASE("a job that waits for its place on the device says so, and that is no error") {
    const Folders folders;
    tests::Device device;
    Process process(folders, device, Part::all, {.most_captures = 1});
    const Job first = process.submit(1h);
    REQUIRE(process.run_until(first, running));
    const Job second = process.submit(20ms);
    CHECK(process.supervisor->find(second.id)->waiting ==
          "1 capture runs on device edge1, and it allows no more at a time (device.captures)");
    CHECK(process.supervisor->find(second.id)->errors.empty());
    REQUIRE(process.supervisor->stop(first.id));
    REQUIRE(process.run_until(second, delivered));
}

TEST_CASE("a job that waits for others to begin on its device can be stopped") {
    const Folders folders;
    tests::Device device;
    base::Stop released;
    device.held_until = &released;
    Process server(folders, device);
    std::vector<Job> jobs;
    for (int i = 0; i < 3; ++i)
        jobs.push_back(server.submit(1h));
    const auto is_starting = [&](const Job& job) {
        return server.store.find(job.id)->position.state == State::starting;
    };
    REQUIRE(server.run_until([&] {
        return std::ranges::count_if(jobs, is_starting) == 2 &&
               std::ranges::all_of(jobs, [&](const Job& job) {
                   return server.supervisor->growing(job.id).has_value();
               });
    }));
    const auto queued = std::ranges::find_if_not(jobs, is_starting);
    REQUIRE(server.supervisor->stop(queued->id));
    CHECK(server.supervisor->find(queued->id)->position == failed);
    CHECK(server.run_until([&] { return !server.supervisor->growing(queued->id); }));
    released.request();
    REQUIRE(server.run_until([&] { return device.names().size() == 2; }));
    server.shut_down();
    CHECK(device.count("start " + name_of(*queued)) == 0);
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
