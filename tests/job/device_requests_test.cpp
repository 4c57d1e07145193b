// What users ask of jobs on a device: to move their end, and to be rid of them.

#include <future>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "job/device_process.hpp"
#include "job/spool_files.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using base::Errc;

TEST_CASE("a capture whose job is removed is not fetched from its device, and goes from there") {
    const Folders folders;
    tests::Device device;
    Process process(folders, device);
    const Job job = process.submit(1h);
    REQUIRE(process.run_until(job, running));
    const auto removed = process.supervisor->remove(job.id);
    REQUIRE(removed);
    CHECK(*removed == Removal::done);
    CHECK(process.supervisor->find(job.id).error().errc == Errc::not_found);
    REQUIRE(process.run_until([&] { return device.names().empty(); }));
    CHECK(device.count("stop " + name_of(job)) == 0);
    CHECK_FALSE(std::filesystem::exists(spool_path(folders.spool, job.id)));
}

TEST_CASE("of several who want a job to be gone, nobody is answered before it is") {
    const Folders folders;
    tests::Device device;
    Process process(folders, device);
    for (int round = 0; round < 5; ++round) {
        const Job job = process.submit(1h);
        REQUIRE(process.run_until(job, running));
        std::vector<std::future<base::Result<Removal>>> all(6);
        for (auto& one : all) {
            one =
                std::async(std::launch::async, [&] { return process.supervisor->remove(job.id); });
        }
        for (auto& one : all) {
            const auto removed = one.get();
            if (removed) {
                CHECK(*removed == Removal::done);
            } else {  // it came too late
                CHECK(removed.error().errc == Errc::not_found);
            }
        }
        CHECK_FALSE(process.store.find(job.id));
    }
}

TEST_CASE("a job whose device is away can be removed, and what is there goes when it is back") {
    const Folders folders;
    tests::Device device;
    Process process(folders, device);
    const Job job = process.submit(500ms);
    REQUIRE(process.run_until(job, running));
    device.with([&] { device.away = unreachable; });
    REQUIRE(process.run_until([&] { return !process.supervisor->find(job.id)->errors.empty(); }));
    const auto removed = process.supervisor->remove(job.id);
    REQUIRE(removed);
    CHECK(*removed == Removal::done);
    device.with([&] { device.away.reset(); });
    CHECK(process.run_until([&] { return device.names().empty(); }));
}

TEST_CASE("a job that a worker captures is removed when the worker has heard of it") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    Process worker(folders, device, Part::worker);
    const Job job = server.submit(1h);
    REQUIRE(worker.run_until(job, running));
    auto removed =
        std::async(std::launch::async, [&] { return server.supervisor->remove(job.id); });
    REQUIRE(worker.run_until([&] { return device.names().empty(); }));
    const auto removal = removed.get();
    REQUIRE(removal);
    CHECK(*removal == Removal::done);
    CHECK_FALSE(server.store.find(job.id));
    CHECK(device.count("stop " + name_of(job)) == 0);
}

TEST_CASE("a removal that a server did not live to see is done by the next") {
    const Folders folders;
    tests::Device device;
    Job job;
    {
        Process first(folders, device);
        job = first.submit(1h);
        REQUIRE(first.run_until(job, running));
        first.store.request_removal(job.id);
        first.shut_down();
    }
    Process second(folders, device);
    CHECK(second.run_until([&] { return !second.store.find(job.id); }));
    CHECK(second.run_until([&] { return device.names().empty(); }));
}

TEST_CASE("a capture on a device can be made shorter, and not longer than the device knows") {
    const Folders folders;
    tests::Device device;
    Process process(folders, device);
    const Job job = process.submit(10min);
    REQUIRE(process.run_until(job, running));
    const auto longer = process.supervisor->set_duration(job.id, 20min);
    REQUIRE_FALSE(longer);
    CHECK(longer.error().errc == Errc::conflict);
    CHECK(longer.error().field == "duration");
    const auto begun = *process.supervisor->find(job.id)->started_at;
    const auto soon =
        std::chrono::ceil<std::chrono::milliseconds>(base::wall_now() - begun) + 500ms;
    const auto shorter = process.supervisor->set_duration(job.id, soon);
    REQUIRE(shorter);
    CHECK(shorter->request.duration == soon);
    REQUIRE(process.run_until(job, delivered));
    CHECK(process.supervisor->find(job.id)->stop_reason == StopReason::duration);
}

TEST_CASE("the end of a capture of a worker can be moved while it waits, and not any more then") {
    const Folders folders;
    tests::Device device;
    Process server(folders, device, Part::server);
    const Job job = server.submit(1h);
    REQUIRE(server.supervisor->set_duration(job.id, 30min));
    Process worker(folders, device, Part::worker);
    REQUIRE(worker.run_until(job, running));
    CHECK(device.with([&] { return device.points[name_of(job)].duration; }) == 30min);
    CHECK(server.supervisor->set_duration(job.id, 20min).error().errc == Errc::conflict);
    CHECK(server.supervisor->find(job.id)->request.duration == 30min);
}
