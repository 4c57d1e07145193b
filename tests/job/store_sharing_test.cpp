// Threads, and processes, that have one job store.

#include <atomic>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using tests::inserted;
using tests::plenty;
using tests::wanted;

TEST_CASE("many threads store at once, and every job has its own id, number and key") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    constexpr int each = 20;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&store] {
                for (int j = 0; j < each; ++j) {
                    [[maybe_unused]] const auto job = tests::insert(store, wanted(), plenty);
                }
            });
        }
    }
    const auto jobs = store.list({.limit = 1000, .state = {}, .delivery = {}, .before = {}});
    CHECK(jobs.size() == 6 * each);
    std::set<std::string> ids;
    std::set<std::int64_t> numbers;
    std::set<std::string> keys;
    for (const Job& job : jobs) {
        ids.insert(job.id);
        numbers.insert(job.number);
        keys.insert(job.destination.key);
    }
    CHECK(ids.size() == jobs.size());
    CHECK(numbers.size() == jobs.size());
    CHECK(keys.size() == jobs.size());
}

TEST_CASE("who asks without waiting is called when the job can be found") {
    const tests::ScratchFolder folder;
    std::vector<std::string> found;
    bool is_refused = false;
    {
        Store store(folder.path() / "jobs.db");
        for (int i = 0; i < 5; ++i) {
            store.insert(wanted(), 4, std::nullopt, [&](auto outcome) {
                const auto submitted = outcome.take();
                if (submitted) {
                    found.push_back(store.find(submitted->job.id).value().id);
                } else {
                    is_refused = submitted.error().errc == base::Errc::too_many;
                }
            });
        }
    }  // its end waits for all of them
    CHECK(found.size() == 4);
    CHECK(is_refused);
}

TEST_CASE("a change that fails is its caller's alone, whatever shares its commit") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    constexpr int each = 50;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&store] {
                for (int j = 0; j < each; ++j) {
                    const auto job = tests::insert(store, wanted(), plenty);
                    CHECK(job);
                }
            });
            threads.emplace_back([&store, &failed] {
                for (int j = 0; j < each; ++j) {
                    try {
                        store.put_segment("no-such-job", {.number = 1});
                    } catch (const base::Failure&) {
                        ++failed;
                    }
                }
            });
        }
    }
    CHECK(failed == 3 * each);
    const auto jobs = store.list({.limit = 1000, .state = {}, .delivery = {}, .before = {}});
    CHECK(jobs.size() == 3 * each);
    for (const Job& job : jobs)
        CHECK(job.url == wanted().url + job.destination.key);
}

TEST_CASE("what a user wishes of a capture reaches another process by the store") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    Store server(path);
    Store worker(path);
    const Job job = inserted(server);
    CHECK(worker.stop_requests().empty());
    CHECK(server.request_stop(job.id));
    CHECK(worker.stop_requests() == std::vector<std::string>{job.id});
    CHECK(worker.find(job.id)->stop_requested);
    Job ended = job;
    ended.position = {.state = State::stopped, .delivery = Delivery::failed};
    CHECK(worker.update(ended, job.position));
    CHECK(worker.stop_requests().empty());  // it has ended
    CHECK_FALSE(server.request_stop(job.id));
}

TEST_CASE("a job is taken by one of two processes only") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    Store one(path);
    Store other(path);
    for (int i = 0; i < 100; ++i) {
        Job job = inserted(one);
        const Position queued = job.position;
        job.position.state = State::starting;
        auto by_other = std::async(std::launch::async, [&] { return other.update(job, queued); });
        const bool by_one = one.update(job, queued);
        CHECK(by_one != by_other.get());
    }
}

TEST_CASE("a change by another process is seen, and seen once") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    Store server(path);
    Store worker(path);
    CHECK(server.has_changed());  // as far as it knows
    CHECK_FALSE(server.has_changed());
    const Job job = inserted(worker);
    CHECK(server.has_changed());
    CHECK_FALSE(server.has_changed());
}
