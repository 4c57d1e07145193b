// The job store's lists.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "job/list_query.hpp"
#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using tests::inserted;
using tests::plenty;
using tests::wanted;

TEST_CASE("a list is the newest first, in pages, by state") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    std::vector<Job> jobs;
    for (int i = 0; i < 5; ++i)
        jobs.push_back(inserted(store));
    Job done = jobs[2];
    done.position = {State::stopped, Delivery::failed};
    REQUIRE(store.update(done, Position{}));
    const auto first = store.list({.limit = 2, .state = {}, .delivery = {}, .before = {}});
    REQUIRE(first.size() == 2);
    CHECK(first[0].id == jobs[4].id);
    const auto second =
        store.list({.limit = 9, .state = {}, .delivery = {}, .before = first[1].id});
    REQUIRE(second.size() == 3);
    CHECK(second[0].id == jobs[2].id);
    CHECK(store.list({.limit = 9, .state = State::queued, .delivery = {}, .before = {}}).size() ==
          4);
    CHECK(
        store.list({.limit = 9, .state = {}, .delivery = Delivery::failed, .before = {}}).size() ==
        1);
    const auto waiting = store.queued(9);
    REQUIRE(waiting.size() == 4);
    CHECK(waiting[0].id == jobs[0].id);
    CHECK(store.unfinished().empty());
}

TEST_CASE("jobs are listed by what they are, newest first, and page by page") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    std::vector<Job> jobs;
    for (int i = 0; i < 6; ++i) {
        Job job = wanted(i % 2 == 0 ? "eth0" : "odd,\"name\"");
        if (i == 5) job.request.interfaces = {"eth0", "eth1"};
        job.request.device = i < 4 ? "local" : "edge1";
        job.request.by = i == 2 ? "alice" : "";
        jobs.push_back(*tests::insert(store, job, plenty));
    }
    Job failed = *store.find(jobs[0].id);
    failed.position = {.state = State::stopped, .delivery = Delivery::failed};
    REQUIRE(store.update(failed, Position{}));

    const auto numbers = [&](const ListQuery& query) {
        std::string found;
        for (const Job& job : store.list(query)) {
            for (std::size_t i = 0; i < jobs.size(); ++i) {
                if (jobs[i].id == job.id) found += std::to_string(i);
            }
        }
        return found;
    };
    CHECK(numbers({}) == "543210");
    CHECK(numbers({.limit = 2}) == "54");
    CHECK(numbers({.interface = "eth0"}) == "5420");
    CHECK(numbers({.limit = 2, .interface = "eth0"}) == "54");
    CHECK(numbers({.interface = "odd,\"name\""}) == "31");
    CHECK(numbers({.interface = "eth"}).empty());
    CHECK(numbers({.device = "edge1"}) == "54");
    CHECK(numbers({.device = "edge1", .interface = "eth1"}) == "5");
    CHECK(numbers({.by = "alice"}) == "2");
    CHECK(numbers({.by = ""}) == "54310");
    CHECK(numbers({.state = State::queued}) == "54321");
    CHECK(numbers({.state = State::stopped}) == "0");
    CHECK(numbers({.delivery = Delivery::failed}) == "0");
    CHECK(numbers({.state = State::running}).empty());
    CHECK(numbers({.state = State::queued, .delivery = Delivery::failed}).empty());
    CHECK(numbers({.created_after = jobs[0].created_at}) == "543210");
    CHECK(numbers({.created_after = jobs[5].created_at + 1ns}).empty());
    CHECK(numbers({.created_before = jobs[5].created_at + 1ns}) == "543210");
    CHECK(numbers({.created_before = jobs[0].created_at}).empty());

    const Job third = *store.find(jobs[3].id);
    CHECK(numbers({.before = third.id}) == "210");
    CHECK(numbers({.before_sequence = *store.sequence_of(third.id)}) == "210");
    CHECK(numbers({.interface = "eth0", .before_sequence = *store.sequence_of(third.id)}) == "20");
    CHECK(store.remove(failed.id));
    CHECK(numbers({.interface = "eth0"}) == "542");
}

TEST_CASE("a list reads no more jobs than it shows, whatever it is of") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    const Store store(path);
    Database database(path, Database::Mode::read_only);
    const base::WallTime when = base::wall_now();
    for (const ListQuery& query :
         {ListQuery{}, ListQuery{.state = State::queued}, ListQuery{.state = State::running},
          ListQuery{.delivery = Delivery::failed}, ListQuery{.device = "local"},
          ListQuery{.interface = "eth0"}, ListQuery{.by = "alice"},
          ListQuery{.created_before = when}, ListQuery{.before_sequence = 7},
          ListQuery{.interface = "eth0", .created_after = when, .before_sequence = 7}}) {
        const auto selection = selection_of(query);
        CAPTURE(selection.sql);
        Statement plan =
            database.prepare("EXPLAIN QUERY PLAN SELECT jobs.* FROM jobs" + selection.sql);
        while (plan.step()) {
            const std::string step = plan.text(3);
            CAPTURE(step);
            CHECK_FALSE(step.contains("TEMP B-TREE"));  // sorts all before it shows the first
            const bool all = step.starts_with("SCAN jobs") && !step.contains("INDEX");
            CHECK((!all || selection.sql.starts_with(" ORDER BY")));
        }
    }
}
