// What becomes of spool files after a crash, and on a disk that damages them.

#include "job/recovery.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "job/object_keys.hpp"
#include "job/spool_check.hpp"
#include "job/spool_files.hpp"
#include "job/store.hpp"
#include "job/stored_jobs.hpp"
#include "pcap/frame_writer.hpp"
#include "pcap/pcapng_blocks.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;
using pcap::FileFormat;
using tests::ScratchFolder;

namespace {

constexpr std::size_t record_bytes = 32 + 52;
constexpr std::size_t frame_count = 3;

std::string head() {
    const auto bytes = pcap::file_head(
        FileFormat::pcapng, {},
        {{.name = "eth0", .link_type = pcap::LinkType::ethernet, .snaplen = 262'144}});
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string capture() {
    const pcap::FrameWriter writer(FileFormat::pcapng);
    const std::vector<std::byte> payload(52);
    std::vector<std::byte> record(record_bytes);
    writer.write_record(
        record,
        {.pieces = {payload}, .captured_bytes = 52, .wire_bytes = 52, .when = base::WallTime(1s)});
    std::string file = head();
    for (std::size_t i = 0; i < frame_count; ++i)
        file.append(reinterpret_cast<const char*>(record.data()), record.size());
    return file;
}

/// With an impossible length in its first record.
std::string damaged_capture() {
    std::string file = capture();
    file[head().size() + 4] = '\x07';
    return file;
}

Job job_in(State state) {
    Job job;
    job.id = "01a21114-3f82-75a0-b742-85b621f62dec";
    job.position = {.state = state, .delivery = Delivery::none};
    return job;
}

/// A capture that has ended: in one file.
Job ended() {
    Job job = job_in(State::stopped);
    job.position.delivery = Delivery::uploading;
    job.counters = {
        .received = 10, .captured = frame_count, .filtered = 7, .bytes = capture().size()};
    return job;
}

/// Likewise, in three files, the first of which is delivered.
Job ended_segments(Store& store) {
    Job job = job_in(State::stopped);
    job.request.device = "local";
    job.request.interfaces = {"eth0"};
    job.request.segment_duration = 60s;
    job.destination = {.store = sink::StoreKind::s3, .bucket = "captures", .key = "1.pcapng"};
    auto stored = tests::insert(store, job, 10);
    REQUIRE(stored);
    job = std::move(*stored);
    for (const std::uint32_t number : {1U, 2U, 3U}) {
        job.objects.push_back({.number = number,
                               .key = segment_key(job.destination.key, number),
                               .frames = frame_count,
                               .bytes = capture().size(),
                               .delivery = number == 1 ? Delivery::delivered : Delivery::none,
                               .receipt = {}});
        store.put_segment(job.id, job.objects.back());
    }
    job.position = {.state = State::stopped, .delivery = Delivery::uploading};
    job.counters = {.received = 9, .captured = 9, .bytes = 3 * capture().size()};
    return job;
}

std::string name(const Job& job, std::uint32_t number) {
    return segment_spool_path({}, job.id, number).native();
}

bool tells(const Job& job, std::string_view words) {
    return job.errors.size() == 1 && job.errors[0].message.contains(words);
}

bool adds_up(const Counters& counters) {
    return counters.received == counters.captured + counters.filtered + counters.dropped_ring +
                                    counters.dropped_queue + counters.dropped_disk;
}

}  // namespace

TEST_CASE("a job that was killed keeps the whole frames of its file, wherever the file was cut") {
    const ScratchFolder folder;
    const std::string file = capture();
    const std::size_t head_bytes = head().size();
    for (std::size_t length = 0; length <= file.size(); ++length) {
        CAPTURE(length);
        const auto path = folder.file("killed.pcap", file.substr(0, length));
        const Job job = salvage(job_in(State::running), path);
        CHECK(job.stop_reason == StopReason::crash);
        CHECK(job.position.state == State::stopped);
        CHECK(job.stopped_at);
        CHECK(may_follow(job_in(State::running).position, job.position));
        CHECK(job.errors.size() == 1);
        if (length < head_bytes) {
            CHECK(job.position.delivery == Delivery::failed);
            CHECK(tells(job, length == 0 ? "before anything of this capture was on the disk"
                                         : "nothing of it can be read"));
            const auto kept = ScratchFolder::content(path);
            CHECK(kept == file.substr(0, length));
            CHECK(std::filesystem::exists(path) == (length > 0));
            continue;
        }
        const std::size_t frames = (length - head_bytes) / record_bytes;
        const std::size_t whole = head_bytes + frames * record_bytes;
        CHECK(job.position.delivery == Delivery::none);
        CHECK(job.counters.captured == frames);
        CHECK(job.counters.bytes == whole);
        CHECK(ScratchFolder::content(path) == file.substr(0, whole));
        const auto cut = "the last " + std::to_string(length - whole) + " of its " +
                         std::to_string(length) + " bytes were no whole packets, and are cut off";
        CHECK(tells(job, "later ones are missing"));
        CHECK(tells(job, cut) == (length > whole));
    }
    const auto nowhere = folder.path() / "never-written.pcap";
    CHECK(salvage(job_in(State::stopping), nowhere).position.delivery == Delivery::failed);
}

TEST_CASE("a job that was killed says how much of a damaged file can not be read") {
    const ScratchFolder folder;
    std::string file = capture();
    file[head().size() + record_bytes + 4] = '\x07';  // the length of the second record
    const auto path = folder.file("damaged.pcap", file);
    const Job job = salvage(job_in(State::running), path);
    CHECK(job.position.delivery == Delivery::none);
    CHECK(job.counters.captured == 1);
    CHECK(ScratchFolder::content(path) == file.substr(0, head().size() + record_bytes));
    CHECK(tells(job, path.native() + ": the last 168 of its "));

    file = capture();
    file[9] = '\x07';  // the byte order of the section
    const auto unreadable = folder.file("unreadable.pcap", file);
    const Job failed = salvage(job_in(State::running), unreadable);
    CHECK(failed.position.delivery == Delivery::failed);
    REQUIRE(tells(failed, unreadable.native() + ": its "));
    CHECK(failed.errors[0].errc == base::Errc::corrupt);
    CHECK(ScratchFolder::content(unreadable) == file);
}

TEST_CASE("what was packed of a file of which nothing is left goes with it") {
    const ScratchFolder folder;
    const auto packed = folder.file("spool.pcap.zst", "packed");
    const auto path = folder.path() / "spool.pcap";
    SUBCASE("an empty file") {
        CHECK(folder.file("spool.pcap", "") == path);
    }
    SUBCASE("no file") {}
    Job counted = job_in(State::running);
    counted.counters = {.received = 50, .captured = 50};
    const Job job = salvage(counted, path);
    CHECK(job.position.delivery == Delivery::failed);
    CHECK(job.counters == Counters{});
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK_FALSE(std::filesystem::exists(packed));
}

TEST_CASE("segments that can not be read are set aside, and the others are kept") {
    const ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = ended_segments(store);
    job.objects.resize(1);  // the one that is delivered
    job.position = {.state = State::running, .delivery = Delivery::none};
    const auto damaged = folder.file(name(job, 2), damaged_capture());
    const auto unreadable = folder.file(name(job, 3), "no capture file");
    const auto whole = folder.file(name(job, 4), capture());
    const auto unused = folder.file(name(job, 5), "");
    job = salvage_segments(job, folder.path(), store);
    CHECK(job.position.delivery == Delivery::none);
    REQUIRE(job.objects.size() == 3);
    CHECK(job.objects[1].number == 2);
    CHECK(job.objects[1].frames == 0);
    CHECK(job.objects[2].number == 4);
    CHECK(job.objects[2].frames == frame_count);
    CHECK(job.counters.captured == 2 * frame_count);
    CHECK_FALSE(std::filesystem::exists(unused));
    CHECK_FALSE(std::filesystem::exists(unreadable));
    const auto aside = folder.path() / ("unreadable-" + name(job, 3));
    CHECK(ScratchFolder::content(aside) == "no capture file");
    CHECK(tells(job, damaged.native() + ": the last 252 of its "));
    CHECK(tells(job, "it is kept as " + aside.native()));
    CHECK(ScratchFolder::content(whole) == capture());
}

TEST_CASE("of a ring of segments that was killed the last ones are kept") {
    const ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = ended_segments(store);
    for (const std::uint32_t number : {1U, 2U, 3U})
        store.remove_segment(job.id, number);
    job.objects.clear();
    job.position = {.state = State::running, .delivery = Delivery::none};
    job.request.segments_kept = 2;
    for (const std::uint32_t number : {4U, 5U, 6U, 7U})
        static_cast<void>(folder.file(name(job, number), capture()));
    const auto unused = folder.file(name(job, 8), "");
    job = salvage_segments(job, folder.path(), store);
    REQUIRE(job.objects.size() == 2);
    CHECK(job.objects[0].number == 6);
    CHECK(job.objects[1].number == 7);
    CHECK(job.counters.captured == 2 * frame_count);
    CHECK(job.counters.bytes == 2 * capture().size());
    CHECK(store.find(job.id)->objects.size() == 2);
    CHECK(spooled_segments(folder.path(), job.id) == std::vector<std::uint32_t>{6, 7});
    CHECK_FALSE(std::filesystem::exists(unused));
}

TEST_CASE("what was set aside outlives the job's delivery, and goes with the job") {
    const ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = ended_segments(store);
    const auto unreadable = folder.file(name(job, 3), "no capture file");
    REQUIRE(check_spool(job, folder.path(), store));
    const auto aside = folder.path() / ("unreadable-" + name(job, 3));
    const auto of_another = folder.file("unreadable-" + base::text("1", job.id.substr(1)), "");
    remove_spool_files(folder.path(), job.id);
    CHECK_FALSE(std::filesystem::exists(unreadable));
    CHECK(std::filesystem::exists(aside));
    remove_set_aside(folder.path(), job.id);
    CHECK_FALSE(std::filesystem::exists(aside));
    CHECK(std::filesystem::exists(of_another));
}

TEST_CASE("an ended capture that is as it was written is left alone") {
    const ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = ended();
    const auto path = folder.file(spool_path({}, job.id).native(), capture() + "later");
    CHECK_FALSE(check_spool(job, folder.path(), store));
    CHECK(job.counters.captured == frame_count);
    CHECK(ScratchFolder::content(path) == capture() + "later");
}

TEST_CASE("what an ended capture has lost on the disk is counted and told, wherever it was cut") {
    const ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    const std::string file = capture();
    for (std::size_t length = 0; length < file.size(); ++length) {
        CAPTURE(length);
        Job job = ended();
        const auto path = folder.file(spool_path({}, job.id).native(), file.substr(0, length));
        if (length < head().size()) {
            CHECK_THROWS_AS((void)check_spool(job, folder.path(), store), base::Failure);
            CHECK(std::filesystem::file_size(path) == length);
            continue;
        }
        const auto told = check_spool(job, folder.path(), store);
        REQUIRE(told);
        CHECK(told->errc == base::Errc::corrupt);
        const std::size_t frames = (length - head().size()) / record_bytes;
        CHECK(told->message.contains(std::to_string(frames) + " of 3 packets"));
        CHECK(job.counters.captured == frames);
        CHECK(job.counters.dropped_disk == frame_count - frames);
        CHECK(adds_up(job.counters));
        CHECK(job.counters.bytes == head().size() + frames * record_bytes);
        CHECK(std::filesystem::file_size(path) == job.counters.bytes);
        CHECK_FALSE(check_spool(job, folder.path(), store));
    }
}

TEST_CASE("segments that were lost on the disk are taken from their job, and told") {
    const ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = ended_segments(store);
    const auto damaged = folder.file(name(job, 2), damaged_capture());
    const auto unreadable = folder.file(name(job, 3), "no capture file");
    const auto told = check_spool(job, folder.path(), store);
    REQUIRE(told);
    CHECK(told->message.contains(damaged.native() + " was damaged"));
    CHECK(told->message.contains("0 of 3 packets"));
    CHECK(told->message.contains(unreadable.native() + " can not be read"));
    CHECK(std::filesystem::exists(folder.path() / ("unreadable-" + name(job, 3))));
    REQUIRE(job.objects.size() == 2);
    CHECK(job.counters.captured == frame_count);
    CHECK(job.counters.dropped_disk == 2 * frame_count);
    CHECK(job.counters.bytes == capture().size() + head().size());
    const auto stored = store.find(job.id);
    REQUIRE(stored);
    REQUIRE(stored->objects.size() == 2);
    CHECK(stored->objects[1].bytes == head().size());
}

TEST_CASE("a capture of which no file is left has failed") {
    const ScratchFolder folder;
    Store store(folder.path() / "jobs.db");
    Job job = ended_segments(store);
    job.objects.erase(job.objects.begin());
    CHECK_THROWS_AS((void)check_spool(job, folder.path(), store), base::Failure);
    job = ended();
    CHECK_THROWS_AS((void)check_spool(job, folder.path(), store), base::Failure);
}
