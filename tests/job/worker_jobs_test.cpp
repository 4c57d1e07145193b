// A server and its workers, which share the job store: who captures, and who delivers.

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "job/device_process.hpp"
#include "job/spool_files.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using base::Errc;

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
    CHECK(server.run_until(
        [&] { return !std::filesystem::exists(spool_path(folders.spool, job.id)); }));
    Process next(folders, device, Part::worker);
    REQUIRE(next.run_until([&] { return next.supervisor->is_idle(); }));
    CHECK(device.names().empty());
}

TEST_CASE("a worker says that it is there before it takes a job up, and only then") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    const Job job = server.submit(20ms);
    std::vector<Position> seen;
    device.away = unreachable;
    Process worker(folders, device, Part::worker,
                   {.before_start = [&] { seen.push_back(server.store.find(job.id)->position); }});
    REQUIRE(worker.run_until([&] { return !worker.supervisor->obstacles().empty(); }));
    CHECK(seen.empty());
    device.with([&] { device.away.reset(); });
    REQUIRE(worker.run_until(job, handed_over));
    CHECK(seen == std::vector{Position{}});
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

TEST_CASE("two jobs begin at a time, and a worker that ends leaves the others in the queue") {
    const Folders folders;
    tests::Device device;
    base::Stop released;
    device.held_until = &released;
    Process server(folders, device, Part::server);
    std::vector<Job> jobs;
    for (int i = 0; i < 5; ++i)
        jobs.push_back(server.submit(1h));
    const auto with_state = [&](Store& store, State state) {
        return std::ranges::count_if(
            jobs, [&](const Job& job) { return store.find(job.id)->position.state == state; });
    };
    Process worker(folders, device, Part::worker);
    REQUIRE(worker.run_until([&] { return with_state(worker.store, State::starting) == 2; }));
    const auto waits = [&](const Job& job) {
        return worker.supervisor->growing(job.id) &&
               worker.store.find(job.id)->position.state == State::queued;
    };
    REQUIRE(worker.run_until([&] { return std::ranges::count_if(jobs, waits) == 3; }));
    const auto queued = std::ranges::find_if(jobs, waits);
    CHECK(worker.supervisor->find(queued->id)->waiting.contains("others begin on it first"));
    {
        const std::jthread ends([&] { worker.shut_down(); });
        const auto deadline = base::in(20s);
        while (std::ranges::any_of(jobs, waits) && base::Deadline::clock::now() < deadline)
            std::this_thread::yield();
        released.request();
    }
    CHECK(with_state(server.store, State::running) == 2);
    CHECK(with_state(server.store, State::queued) == 3);
    Process next(folders, device, Part::worker);
    REQUIRE(next.run_until([&] { return with_state(next.store, State::running) == 5; }));
    for (const Job& job : jobs)
        CHECK(device.count("start " + name_of(job)) == 1);
}

TEST_CASE("a user's stop reaches the worker by the store") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    server.has_worker = true;
    Process worker(folders, device, Part::worker);
    const Job job = server.submit(1h);
    REQUIRE(worker.run_until(job, running));
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

TEST_CASE("without a worker for long a stop ends the job, and the next worker clears the device") {
    for (const State state : {State::starting, State::running, State::stopping}) {
        const Folders folders;
        tests::Device device;
        const Job job = left_behind(folders, device, state, true);
        std::ofstream(spool_path(folders.spool, job.id)) << "half of a file";
        {
            Process server(folders, device, Part::server);
            server.has_worker = true;
            REQUIRE(server.supervisor->stop(job.id));
            REQUIRE(server.run_until([] { return true; }));
            CHECK(server.supervisor->find(job.id)->position.state == state);  // it may come yet
            server.has_worker = false;
            const auto stopped = server.supervisor->stop(job.id);
            REQUIRE(stopped);
            CHECK(stopped->position == failed);
            CHECK(stopped->stop_reason == StopReason::user);
            CHECK(stopped->stopped_at);
            REQUIRE(stopped->errors.size() == 1);
            CHECK(stopped->errors.front().errc == Errc::device_unreachable);
            for (const auto& said : {std::string("no worker has run"), name_of(job)})
                CHECK(stopped->errors.front().message.contains(said));
            CHECK(server.supervisor->stop(job.id)->errors.size() == 1);
            CHECK(server.supervisor->remove(job.id));
            CHECK_FALSE(std::filesystem::exists(spool_path(folders.spool, job.id)));
        }
        Process worker(folders, device, Part::worker);
        REQUIRE(worker.run_until([&] { return worker.supervisor->is_idle(); }));
        CHECK(device.names().empty());
    }
}

TEST_CASE("a stop that no worker has come for in long ends the job by itself") {
    const Folders folders;
    tests::Device device;
    const Job job = left_behind(folders, device, State::running, true);
    Process server(folders, device, Part::server);
    server.has_worker = true;
    REQUIRE(server.supervisor->stop(job.id));
    server.has_worker = false;
    CHECK(server.run_until(job, failed));
}

TEST_CASE("a worker that comes back while its job is given up leaves the job as it is") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    const Job job = server.submit(1h);
    Process worker(folders, device, Part::worker);
    REQUIRE(worker.run_until(job, running));
    CHECK(server.supervisor->stop(job.id)->position == failed);
    REQUIRE(worker.run_until([&] { return worker.supervisor->is_idle(); }));
    CHECK(server.supervisor->find(job.id)->position == failed);
    CHECK(server.supervisor->find(job.id)->errors.front().errc == Errc::device_unreachable);
    REQUIRE(worker.run_until([&] { return device.names().empty(); }));
}
