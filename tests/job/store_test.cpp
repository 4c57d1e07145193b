#include "job/store.hpp"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "job/ids.hpp"
#include "job/object_keys.hpp"
#include "job/stored_jobs.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using tests::inserted;
using tests::plenty;
using tests::wanted;

TEST_CASE("a stored job is found by its id and its number, after a restart too") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    Job job;
    {
        Store store(path);
        job = inserted(store);
    }
    Store store(path);
    for (const std::string& id : {job.id, std::to_string(job.number)}) {
        CAPTURE(id);
        const auto found = store.find(id);
        REQUIRE(found);
        CHECK(found->id == job.id);
        CHECK(found->request.interfaces == std::vector<std::string>{"eth0"});
        CHECK(found->request.duration == 10s);
        CHECK(found->request.bidirectional);
        CHECK(found->request.bucket == "file:captures");
        CHECK(found->created_at == job.created_at);
        CHECK(found->url == job.url);
        CHECK(found->position == Position{});
    }
    CHECK(is_uuid(job.id));
    CHECK(job.number >= 100'000);
    CHECK(job.number <= 999'999);
    CHECK(job.url == "http://127.0.0.1:5000/objects/captures/" + job.destination.key);
    for (const auto* id : {"", "1", "x", "' OR 1=1 --", "000000000000000000000"}) {
        CAPTURE(id);
        CHECK_FALSE(store.find(id));
    }
}

TEST_CASE("everything that was asked for is kept") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job asked = wanted();
    JobRequest& request = asked.request;
    request.interfaces = {"eth0", "a,b", "\"c\""};
    request.filter = "tcp port 80 and host 10.0.0.1";
    request.direction = "out";
    request.snaplen = 128;
    request.src_port = 1024;
    request.dst_port = 65'535;
    request.buffer_mib = 100;
    request.circular = true;
    request.packets_per_second = 5000;
    request.packets = 1'000'000'000'000;
    request.bytes = std::uint64_t{1} << 53U;
    request.segment_bytes = std::uint64_t{64} << 10U;
    request.segment_duration = 90s;
    request.segments_kept = 1000;
    request.key = "{date}/{job}";
    request.bucket_owner = "123456789012";
    request.object = {.compression = sink::Compression::zstd,
                      .storage_class = "STANDARD_IA",
                      .encryption = "aws:kms",
                      .kms_key = "alias/captures",
                      .tags = {{"team", "n\"etops"}, {"a", ""}},
                      .metadata = {{"case", "caf\xc3\xa9"}}};
    request.by = "alice";
    request.comment = "why \xc3\xa9";
    for (const auto format : {pcap::FileFormat::pcapng, pcap::FileFormat::pcap_nanoseconds,
                              pcap::FileFormat::pcap_microseconds}) {
        request.format = format;
        const auto job = tests::insert(store, asked, plenty);
        REQUIRE(job);
        CHECK(job->destination.key.ends_with(job->id + file_extension(request)));
        const auto found = store.find(job->id);
        REQUIRE(found);
        const JobRequest& kept = found->request;
        CHECK(kept.interfaces == request.interfaces);
        CHECK(kept.filter == request.filter);
        CHECK(kept.direction == request.direction);
        CHECK(kept.snaplen == request.snaplen);
        CHECK(kept.src_port == request.src_port);
        CHECK(kept.dst_port == request.dst_port);
        CHECK(kept.buffer_mib == request.buffer_mib);
        CHECK(kept.circular);
        CHECK(kept.packets_per_second == request.packets_per_second);
        CHECK_FALSE(found->stop_requested);
        CHECK(kept.duration == request.duration);
        CHECK(kept.packets == request.packets);
        CHECK(kept.bytes == request.bytes);
        CHECK(kept.segment_bytes == request.segment_bytes);
        CHECK(kept.segment_duration == request.segment_duration);
        CHECK(kept.segments_kept == request.segments_kept);
        CHECK(kept.format == format);
        CHECK(kept.bucket == request.bucket);
        CHECK(kept.key == request.key);
        CHECK(kept.object == request.object);
        CHECK(kept.bucket_owner == request.bucket_owner);
        CHECK(found->destination.bucket_owner == request.bucket_owner);
        CHECK(kept.by == request.by);
        CHECK(kept.comment == request.comment);
    }
}

TEST_CASE("a key that is the same at every moment is given to one job only") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job asked = wanted();
    asked.request.key = "today";
    const auto first = tests::insert(store, asked, plenty);
    REQUIRE(first);
    CHECK(first->destination.key == "today.pcapng");
    const auto second = tests::insert(store, asked, plenty);
    REQUIRE_FALSE(second);
    CHECK(second.error().errc == base::Errc::conflict);
    CHECK(second.error().field == "key");
    CHECK(second.error().message.contains(std::to_string(first->number)));
    asked.destination.bucket = "elsewhere";
    CHECK(tests::insert(store, asked, plenty));
    asked.request.key = "today/{timestamp}";
    std::set<std::string> keys;
    for (int i = 0; i < 20; ++i)
        keys.insert(tests::insert(store, asked, plenty)->destination.key);
    CHECK(keys.size() == 20);
}

TEST_CASE("everything that a run finds out is kept") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = inserted(store);
    Position from = job.position;
    for (const Position next :
         {Position{State::starting, Delivery::none}, Position{State::running, Delivery::none},
          Position{State::stopping, Delivery::none}, Position{State::stopped, Delivery::none},
          Position{State::stopped, Delivery::uploading}}) {
        job.position = next;
        CHECK(store.update(job, from));
        from = next;
    }
    job.position.delivery = Delivery::delivered;
    job.stop_reason = StopReason::device;
    job.counters = {10, 4, 1, 2, 2, 1, 4096};
    job.object = sink::Receipt{"captures", job.destination.key, 4096, "etag", "ab12"};
    job.errors = {{base::Errc::device, "went \"away\"\n", {}}, {base::Errc::io, "é", {}}};
    job.started_at = job.created_at + 1ms;
    job.stopped_at = job.created_at + 2s;
    job.delivered_at = job.created_at + 3s;
    CHECK(store.update(job, from));
    const auto found = store.find(job.id);
    REQUIRE(found);
    CHECK(found->position == job.position);
    CHECK(found->stop_reason == StopReason::device);
    CHECK(found->counters.received == 10);
    CHECK(found->counters.dropped_disk == 1);
    CHECK(found->counters.bytes == 4096);
    REQUIRE(found->object);
    CHECK(found->object->etag == "etag");
    CHECK(found->object->sha256 == "ab12");
    REQUIRE(found->errors.size() == 2);
    CHECK(found->errors[0].message == "went \"away\"\n");
    CHECK(found->errors[1].errc == base::Errc::io);
    CHECK(found->started_at == job.started_at);
    CHECK(found->stopped_at == job.stopped_at);
    CHECK(found->delivered_at == job.delivered_at);
}

TEST_CASE("a job is moved only from where it is") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = inserted(store);
    Job stopped = job;
    stopped.position = {State::stopped, Delivery::failed};
    job.position = {State::starting, Delivery::none};
    CHECK(store.update(job, Position{}));
    CHECK_FALSE(store.update(stopped, Position{}));
    CHECK(store.find(job.id)->position == job.position);
}

TEST_CASE("jobs beyond the limit of the queue are refused, and nothing is stored") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    for (int i = 0; i < 3; ++i)
        CHECK(tests::insert(store, wanted(), 3));
    const auto refused = tests::insert(store, wanted(), 3);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errc == base::Errc::too_many);
    CHECK(store.list({}).size() == 3);
}

TEST_CASE("only a job that has ended can be removed") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = inserted(store);
    CHECK_FALSE(store.remove(job.id));
    job.position = {State::stopped, Delivery::failed};
    REQUIRE(store.update(job, Position{}));
    CHECK(store.remove(job.id));
    CHECK_FALSE(store.find(job.id));
}

TEST_CASE("a store of a newer version is left alone, and one that is no database is named") {
    const tests::ScratchFolder folder;
    const auto newer = folder.path() / "newer.db";
    {
        Database(newer, Database::Mode::read_write).execute("PRAGMA user_version = 99");
    }
    CHECK_THROWS_WITH_AS(Store{newer}, doctest::Contains("newer xepacketcap"), base::Failure);
    CHECK_THROWS_WITH_AS(Store{newer}, doctest::Contains("99"), base::Failure);
    const auto garbage = folder.file("garbage.db", std::string(8192, 'x'));
    CHECK_THROWS_WITH_AS(Store{garbage}, doctest::Contains("garbage.db"), base::Failure);
}

TEST_CASE("what is asked for again under the same key is the job of the first time") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    const IdempotencyKey key{.client = "", .key = "k", .fingerprint = "f"};
    CHECK_FALSE(store.repeated(key));
    const auto first = tests::insert_once(store, wanted(), plenty, key);
    REQUIRE(first);
    CHECK_FALSE(first->is_repeat);
    const auto again = tests::insert_once(store, wanted(), plenty, key);
    REQUIRE(again);
    CHECK(again->is_repeat);
    CHECK(again->job.id == first->job.id);
    CHECK(store.list({}).size() == 1);

    IdempotencyKey other = key;
    other.fingerprint = "g";
    const auto refused = tests::insert_once(store, wanted(), plenty, other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errc == base::Errc::invalid_value);
    CHECK(refused.error().field == key_field);
}

TEST_CASE("a key of a request that was refused is free") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    const IdempotencyKey key{.client = "", .key = "k", .fingerprint = "f"};
    CHECK_FALSE(tests::insert_once(store, wanted(), 0, key));
    CHECK(tests::insert_once(store, wanted(), plenty, key));
}

TEST_CASE("a duration is changed while the job is where it was seen, and not later") {
    const tests::ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = inserted(store);
    CHECK(store.set_duration(job.id, 33s, State::queued));
    CHECK_FALSE(store.set_duration(job.id, 44s, State::running));
    CHECK(store.find(job.id)->request.duration == 33s);
    const Position from = job.position;
    job.position.state = State::starting;
    REQUIRE(store.update(job, from));
    CHECK_FALSE(store.set_duration(job.id, 44s, State::queued));
    CHECK(store.find(job.id)->request.duration == 33s);
}

TEST_CASE("a job that is to be removed is known as such until it is gone") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "jobs.db";
    std::string id;
    {
        Store store(path);
        Job job = inserted(store);
        id = job.id;
        store.request_removal(id);
        CHECK(store.stop_requests().empty());  // which would have it fetched first
        const Position from = job.position;
        job.position = {.state = State::stopped, .delivery = Delivery::failed};
        REQUIRE(store.update(job, from));
    }
    Store store(path);
    CHECK(store.removal_requests() == std::vector{id});
    CHECK(store.remove(id));
    CHECK(store.removal_requests().empty());
}
