#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/sanitizers.hpp"
#include "job/object_keys.hpp"
#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

namespace {

// libstdc++ counts who holds an exception within its library, where clang's thread sanitizer does
// not see it: one that goes to another thread is a race to it.
constexpr bool sees_too_many_races = base::is_thread_sanitized;

Job inserted(Store& store) {
    Job job;
    job.request.device = "local";
    job.request.interfaces = {"eth0"};
    job.request.segment_duration = 60s;
    job.request.duration = 1h;
    job.destination = {.store = sink::StoreKind::s3, .bucket = "captures", .key = {}};
    auto stored = tests::insert(store, std::move(job), 1000);
    REQUIRE(stored);
    return std::move(*stored);
}

Segment segment_of(const Job& job, std::uint32_t number) {
    return {.number = number,
            .key = segment_key(job.destination.key, number),
            .frames = number * 10,
            .bytes = number * 1000,
            .delivery = Delivery::uploading,
            .receipt = {}};
}

std::vector<std::uint32_t> numbers(const Job& job) {
    std::vector<std::uint32_t> all;
    for (const Segment& segment : job.objects)
        all.push_back(segment.number);
    return all;
}

}  // namespace

TEST_CASE("segments are stored, replaced and removed one by one") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    const Job job = inserted(store);
    CHECK(store.find(job.id)->objects.empty());
    for (const std::uint32_t number : {2U, 10U, 1U, 3U})
        store.put_segment(job.id, segment_of(job, number));
    CHECK(numbers(*store.find(job.id)) == std::vector<std::uint32_t>{1, 2, 3, 10});

    Segment delivered = segment_of(job, 2);
    delivered.delivery = Delivery::delivered;
    delivered.bytes = 1U << 31U;
    delivered.receipt = sink::Receipt{"captures", delivered.key, delivered.bytes, "etag", "ab12"};
    store.put_segment(job.id, delivered);
    CHECK(store.remove_segment(job.id, 1));
    CHECK_FALSE(store.remove_segment(job.id, 1));

    const auto found = store.find(std::to_string(job.number));
    REQUIRE(found);
    REQUIRE(numbers(*found) == std::vector<std::uint32_t>{2, 3, 10});
    const Segment& second = found->objects[0];
    CHECK(second.key == delivered.key);
    CHECK(second.frames == 20);
    CHECK(second.bytes == delivered.bytes);
    CHECK(second.delivery == Delivery::delivered);
    REQUIRE(second.receipt);
    CHECK(second.receipt->bucket == "captures");
    CHECK(second.receipt->key == delivered.key);
    CHECK(second.receipt->bytes == delivered.bytes);
    CHECK(second.receipt->etag == "etag");
    CHECK(second.receipt->sha256 == "ab12");
    CHECK(found->objects[1].delivery == Delivery::uploading);
    CHECK_FALSE(found->objects[1].receipt);
    CHECK_FALSE(found->object);
}

TEST_CASE("each job of a list has its own segments, and a limit counts jobs") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    std::vector<Job> jobs;
    for (std::uint32_t i = 0; i < 4; ++i) {
        jobs.push_back(inserted(store));
        for (std::uint32_t number = 1; number <= i; ++number)
            store.put_segment(jobs.back().id, segment_of(jobs.back(), number));
    }
    const auto listed = store.list({.limit = 3, .state = {}, .delivery = {}, .before = {}});
    REQUIRE(listed.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(listed[i].id == jobs[3 - i].id);
        CHECK(listed[i].objects.size() == 3 - i);
    }
    CHECK(numbers(listed[0]) == std::vector<std::uint32_t>{1, 2, 3});
    const auto waiting = store.queued(2);
    REQUIRE(waiting.size() == 2);
    CHECK(waiting[0].id == jobs[0].id);
    CHECK(waiting[1].objects.size() == 1);
}

TEST_CASE("segments go with their job, and there is none without one") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    Store store(path);
    Job job = inserted(store);
    store.put_segment(job.id, segment_of(job, 1));
    job.position = {State::stopped, Delivery::failed};
    REQUIRE(store.update(job, Position{}));
    REQUIRE(store.remove(job.id));
    Database database(path, Database::Mode::read_only);
    Statement count = database.prepare("SELECT count(*) FROM segments");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 0);
    if constexpr (!sees_too_many_races) {
        CHECK_THROWS_AS(store.put_segment(job.id, segment_of(job, 2)), base::Failure);
    }
}
