#include "job/events.hpp"

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;

namespace {

Job job_of(const std::string& id, State state = State::queued) {
    Job job;
    job.id = id;
    job.position.state = state;
    return job;
}

Job wanted() {
    Job job;
    job.request = {.device = "local", .interfaces = {"eth0"}, .duration = std::chrono::seconds(10)};
    job.destination = {.store = sink::StoreKind::embedded, .bucket = "captures", .key = {}};
    return job;
}

std::vector<std::string> ids_of_jobs(const Events::News& news) {
    std::vector<std::string> ids;
    for (const Event& event : news.events)
        ids.push_back(event.job_id);
    return ids;
}

}  // namespace

TEST_CASE("who was away for a while is told what has happened since, in order") {
    Events events;
    const auto before = events.last_id();
    events.changed(job_of("a"));
    events.changed(job_of("b"));
    const auto middle = events.last_id();
    events.changed(job_of("a", State::starting));
    events.removed("b");
    const auto all = events.since(before, "", 100);
    CHECK(all.is_complete);
    CHECK(ids_of_jobs(all) == std::vector<std::string>{"a", "b", "a", "b"});
    CHECK(all.events.back().kind == Event::Kind::removed);
    const auto of_a = events.since(middle, "a", 100);
    CHECK(ids_of_jobs(of_a) == std::vector<std::string>{"a"});
    CHECK(of_a.events.front().job->position.state == State::starting);
    CHECK(events.since(events.last_id(), "", 100).events.empty());
}

TEST_CASE("an event is as the job was then, whatever becomes of it") {
    Events events;
    const auto before = events.last_id();
    Job job = job_of("a");
    events.changed(job);
    job.position.state = State::running;
    events.changed(job);
    const auto news = events.since(before, "a", 100);
    REQUIRE(news.events.size() == 2);
    CHECK(news.events[0].job->position.state == State::queued);
    CHECK(news.events[0].id < news.events[1].id);
}

TEST_CASE("only so much is kept, and who has missed more is told so") {
    Events events(3);
    const auto before = events.last_id();
    for (int i = 0; i < 3; ++i)
        events.changed(job_of("a"));
    CHECK(events.since(before, "a", 100).events.size() == 3);
    events.changed(job_of("a"));
    CHECK_FALSE(events.since(before, "a", 100).is_complete);
    CHECK(events.since(before + 1, "a", 100).is_complete);
}

TEST_CASE("an id of another process, or of the future, is not taken for one of ours") {
    Events events;
    events.changed(job_of("a"));
    CHECK_FALSE(events.since(0, "a", 100).is_complete);
    CHECK_FALSE(events.since(7, "a", 100).is_complete);
    CHECK_FALSE(events.since(events.last_id() + 1, "a", 100).is_complete);
}

TEST_CASE("what is asked for at once is bounded, and the next question gets the rest") {
    Events events;
    const auto before = events.last_id();
    for (int i = 0; i < 10; ++i)
        events.changed(job_of(std::to_string(i)));
    const auto first = events.since(before, "", 4);
    REQUIRE(first.events.size() == 4);
    const auto second = events.since(first.events.back().id, "", 100);
    CHECK(ids_of_jobs(second) == std::vector<std::string>{"4", "5", "6", "7", "8", "9"});
}

TEST_CASE("no event gets an id that was taken for something else") {
    Events events;
    const auto taken = events.take_ids(5);
    events.changed(job_of("a"));
    CHECK(events.last_id() == taken + 5);
}

TEST_CASE("a follower is woken for its job, one of all jobs for each, and none after it has gone") {
    Events events;
    int of_a = 0;
    int of_all = 0;
    auto follows_a = events.subscribe("a", [&of_a] { ++of_a; });
    const auto follows_all = events.subscribe("", [&of_all] { ++of_all; });
    events.changed(job_of("a"));
    events.changed(job_of("b"));
    CHECK(of_a == 1);
    CHECK(of_all == 2);
    follows_a.reset();
    events.changed(job_of("a"));
    CHECK(of_a == 1);
    CHECK(of_all == 3);
}

TEST_CASE("followers come and go while jobs change") {
    Events events(50);
    const auto before = events.last_id();
    std::atomic<int> woken = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 2; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < 500; ++n)
                    events.changed(job_of("a"));
            });
            threads.emplace_back([&] {
                for (int n = 0; n < 500; ++n) {
                    const auto one = events.subscribe("a", [&woken] { ++woken; });
                    CHECK(events.since(events.last_id(), "a", 10).events.size() <= 10);
                }
            });
        }
    }
    CHECK(events.last_id() == before + 1000);
}

TEST_CASE("each change that the store has made is an event, and what it refused is none") {
    const tests::ScratchFolder folder;
    Events events;
    const auto before = events.last_id();
    Store store(folder.path() / "jobs.db", &events);
    auto job = tests::insert(store, wanted(), 10);
    REQUIRE(job);
    const Position queued = job->position;
    job->position.state = State::starting;
    CHECK(store.update(*job, queued));
    CHECK_FALSE(store.update(*job, queued));  // it is there no more
    store.put_segment(job->id, {.number = 1, .key = "a-0001.pcapng", .receipt = {}});
    CHECK_FALSE(store.remove(job->id));  // it has not ended
    const auto news = events.since(before, job->id, 100);
    REQUIRE(news.events.size() == 3);
    CHECK(news.events[0].job->position.state == State::queued);
    CHECK(news.events[1].job->position.state == State::starting);
    CHECK(news.events[2].job == nullptr);
}
