#include "job/recorder.hpp"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "job/encoders.hpp"
#include "job/recording.hpp"
#include "support/size_limit.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace xpc::job::tests;
using namespace std::chrono_literals;
using pcap::FileFormat;

TEST_CASE("every frame is in the file, or counted as lost in the queue") {
    for (const FileFormat format : {FileFormat::pcapng, FileFormat::pcap_nanoseconds}) {
        const ScratchFolder folder;
        const auto path = folder.path() / "spool";
        // a queue of one part, and frames as fast as they can be made
        sink::PartPool pool(4096, 1);
        pool.touch(1);
        Recording recording(path, pool, format);
        const std::vector<std::byte> payload(1000);
        constexpr std::uint64_t frames = 20'000;
        for (std::uint64_t i = 0; i < frames; ++i) {
            recording.show(payload);
            if (i % 100 == 0) recording.recorder.batch_done({.seen = i + 1, .dropped = 3});
        }
        const Counters counters = recording.end(3);
        CHECK(adds_up(counters));
        CHECK(counters.received == frames + 3);
        CHECK(counters.dropped_ring == 3);
        CHECK(counters.dropped_queue > 0);
        CHECK(counters.captured > 0);
        const auto extent = extent_of(path);
        CHECK(extent.frames == counters.captured);
        CHECK(extent.whole_bytes == counters.bytes);
        CHECK(extent.whole_bytes == recording.spooled.written_bytes);
        const auto& heard = dynamic_cast<const Heard&>(*recording.file->sink);
        CHECK(heard.heard <= recording.spooled.written_bytes);
    }
}

TEST_CASE("full parts go to the disk several at a time, or at once where memory is scarce") {
    constexpr std::uint64_t part_bytes = 4096;
    constexpr std::uint64_t frame_bytes = 1024;  // with the packet block around it
    const std::uint64_t head_bytes = head(FileFormat::pcapng).size();
    const std::vector<std::byte> payload(frame_bytes - 32);
    for (const bool is_scarce : {false, true}) {
        CAPTURE(is_scarce);
        const ScratchFolder folder;
        sink::PartPool pool(part_bytes, 64);
        REQUIRE(pool.batch_parts() == 4);
        pool.touch(is_scarce ? 7 : 64);
        Recording recording(folder.path() / "spool", pool, FileFormat::pcapng);
        const auto reaches_disk_after = [&](std::uint64_t frames, std::uint64_t parts) {
            while (recording.shown < frames)
                CHECK_FALSE(recording.show(payload).is_full);
            const std::uint64_t whole_frames =
                parts == 0 ? 0 : (parts * part_bytes - head_bytes) / frame_bytes;
            const std::uint64_t expected = head_bytes + whole_frames * frame_bytes;
            const auto patience = base::in(5s);
            while (recording.spool.progress().written_bytes < expected &&
                   base::Deadline::clock::now() < patience)
                std::this_thread::yield();
            CHECK(recording.spool.progress().written_bytes == expected);
        };
        reaches_disk_after(12, is_scarce ? 3 : 0);  // 3 parts and the begin of the next
        reaches_disk_after(20, is_scarce ? 5 : 4);
        CHECK(recording.end().captured == 20);
    }
}

TEST_CASE("frames of every length lie across parts of any size as they lie in one") {
    const ScratchFolder folder;
    std::vector<std::byte> payload(262'144);
    for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<std::byte>(i * 7);
    std::string expected;
    for (const std::size_t part_bytes : {4096UL, 32'768UL, 1'048'576UL}) {
        CAPTURE(part_bytes);
        const auto path = folder.path() / std::to_string(part_bytes);
        const std::size_t parts = (std::size_t{16} << 20U) / part_bytes;
        sink::PartPool pool(part_bytes, parts);
        pool.touch(parts);
        Recording recording(path, pool, FileFormat::pcapng);
        std::uint64_t frames = 0;
        for (const std::size_t length : {0UL, 1UL, 59UL, 1514UL, 4000UL, 4064UL, 4096UL, 9000UL,
                                         32'767UL, 65'535UL, 65'536UL, 262'144UL}) {
            recording.show(std::span(payload).first(length));
            ++frames;
        }
        const Counters counters = recording.end();
        CHECK(counters.captured == frames);
        CHECK(extent_of(path).frames == frames);
        const auto content = ScratchFolder::content(path);
        if (expected.empty()) expected = content;
        CHECK(content == expected);
    }
}

TEST_CASE("jobs with the same frames share one encoding, each with its own begin and end") {
    const ScratchFolder folder;
    sink::PartPool pool(32'768, 64);
    pool.touch(64);
    Encoders encoders(pool);
    const pcap::FrameWriter writer(FileFormat::pcapng);
    const auto shared = encoders.find("tap 1, udp", writer);
    CHECK(encoders.find("tap 1, udp", writer) == shared);
    CHECK(encoders.find("tap 1, tcp", writer) != shared);
    CHECK(encoders.find("tap 1, udp", pcap::FrameWriter(FileFormat::pcap_nanoseconds)) != shared);

    constexpr std::size_t jobs = 3;
    sink::SpoolWriters writers;
    std::vector<std::unique_ptr<Recorder>> recorders;
    for (std::size_t i = 0; i < jobs; ++i) {
        recorders.push_back(
            std::make_unique<Recorder>(*shared, file_at(folder.path() / std::to_string(i), writers),
                                       form_of(FileFormat::pcapng), RecordingLimits{}, nullptr,
                                       [](const RecordingProgress&) {}));
    }
    // as a tap does: each frame to one after the other
    const std::vector<std::byte> payload(777, std::byte{7});
    const std::array<std::uint64_t, jobs> first{0, 100, 250};
    const std::array<std::uint64_t, jobs> last{400, 300, 500};
    for (std::uint64_t n = 0; n < 500; ++n) {
        for (std::size_t i = 0; i < jobs; ++i) {
            if (n < first.at(i) || n >= last.at(i)) continue;
            const auto frame = frame_of(payload, n);
            CHECK_FALSE(recorders[i]->accept({&frame, 1}).is_full);
        }
    }
    for (std::size_t i = 0; i < jobs; ++i) {
        recorders[i]->batch_done({.seen = last.at(i) - first.at(i), .dropped = 0});
        const auto file = recorders[i]->finish();
        CHECK_FALSE(file->spool->close().error);
        CHECK(extent_of(folder.path() / std::to_string(i)).frames == last.at(i) - first.at(i));
    }
}

TEST_CASE("a job that ends leaves the encoding of the others alone") {
    const ScratchFolder folder;
    sink::PartPool pool(32'768, 8);
    pool.touch(8);
    sink::SpoolWriters writers;
    Encoder shared(pool, pcap::FrameWriter(FileFormat::pcapng));
    const auto recorder = [&](const char* name) {
        return std::make_unique<Recorder>(shared, file_at(folder.path() / name, writers),
                                          form_of(FileFormat::pcapng), RecordingLimits{}, nullptr,
                                          [](const RecordingProgress&) {});
    };
    const auto ends = recorder("ends");
    const auto goes_on = recorder("goes on");
    const std::vector<std::byte> payload(500);
    const auto show = [&payload](Recorder& to, std::uint64_t number) {
        const auto shown = frame_of(payload, number);
        CHECK_FALSE(to.accept({&shown, 1}).is_full);
    };
    show(*ends, 0);
    show(*goes_on, 0);
    constexpr std::size_t record_bytes = 532;
    const auto* const part = shared.encode(frame_of(payload, 0), record_bytes, 0).front().part;
    const auto memory = part->memory().data();
    // by the thread of its run, while the tap goes on with the other
    CHECK_FALSE(ends->finish()->spool->close().error);
    show(*goes_on, 1);
    CHECK(shared.encode(frame_of(payload, 1), record_bytes, 0).front().part->memory().data() ==
          memory);
    CHECK_FALSE(goes_on->finish()->spool->close().error);
    CHECK(extent_of(folder.path() / "goes on").frames == 2);
}

TEST_CASE("a recording is cut into files of at most so many bytes, and no frame is lost between") {
    const ScratchFolder folder;
    sink::PartPool pool(32'768, 64);
    pool.touch(64);
    sink::SpoolWriters writers;
    FilesInFolder files(folder.path(), writers);
    Recording recording(folder.path() / "1", pool, FileFormat::pcapng, {.segment_bytes = 10'000},
                        &files);
    const std::vector<std::byte> payload(900);
    for (int i = 0; i < 100; ++i)
        CHECK_FALSE(recording.show(payload).is_full);
    const std::vector<std::byte> large(20'000);  // has a file for itself
    CHECK_FALSE(recording.show(large).is_full);
    CHECK_FALSE(recording.show(payload).is_full);
    files.is_ready = false;  // then a file is larger than wished
    for (int i = 0; i < 30; ++i)
        CHECK_FALSE(recording.show(payload).is_full);
    recording.end();
    std::uint64_t frames = extent_of(folder.path() / std::to_string(recording.file->number)).frames;
    CHECK(frames == 31);
    for (const auto& file : files.full) {
        const auto extent = extent_of(folder.path() / std::to_string(file->number));
        CHECK(extent.frames == file->frames);
        CHECK(extent.whole_bytes == file->bytes);
        CHECK((extent.whole_bytes <= 10'000 || extent.frames == 1));
        frames += extent.frames;
    }
    CHECK(frames == 132);
    CHECK(recording.file->number == 12);
}

TEST_CASE("a file is cut before a frame that another job has had already, and has it") {
    const ScratchFolder folder;
    sink::PartPool pool(32'768, 64);
    pool.touch(64);
    sink::SpoolWriters writers;
    Encoder shared(pool, pcap::FrameWriter(FileFormat::pcapng));
    FilesInFolder files(folder.path(), writers);
    const auto unheard = [](const RecordingProgress&) {};
    Recorder whole(shared, file_at(folder.path() / "whole", writers), form_of(FileFormat::pcapng),
                   {}, nullptr, unheard);
    Recorder cut(shared, file_at(folder.path() / "1", writers), form_of(FileFormat::pcapng),
                 {.segment_bytes = 10'000}, &files, unheard);
    const std::vector<std::byte> payload(900);
    for (std::uint64_t n = 0; n < 100; ++n) {
        const auto frame = frame_of(payload, n);
        for (Recorder* const one : {&whole, &cut, &whole})
            CHECK_FALSE(one->accept({&frame, 1}).is_full);
    }
    for (auto [recorder, frames] : {std::pair{&whole, 200U}, std::pair{&cut, 100U}}) {
        recorder->batch_done({.seen = frames, .dropped = 0});
        CHECK(recorder->counters().dropped_queue == 0);
        CHECK_FALSE(recorder->finish()->spool->close().error);
    }
    CHECK(files.full.size() == 9);
    CHECK(extent_of(folder.path() / "whole").frames == 200);
}

TEST_CASE("a recording is full after so many packets") {
    const ScratchFolder folder;
    const auto path = folder.path() / "spool";
    sink::PartPool pool(32'768, 16);
    pool.touch(16);
    Recording recording(path, pool, FileFormat::pcapng, {.packets = 5});
    const std::vector<std::byte> payload(100);
    for (int i = 1; i < 5; ++i)
        CHECK_FALSE(recording.show(payload).is_full);
    CHECK(recording.show(payload).is_full);
    CHECK(recording.recorder.full() == StopReason::packets);
    CHECK(recording.end().captured == 5);
    CHECK(extent_of(path).frames == 5);
}

TEST_CASE("a recording is full before its file is larger than so many bytes") {
    const ScratchFolder folder;
    sink::PartPool pool(32'768, 16);
    pool.touch(16);
    const std::vector<std::byte> payload(100);
    for (const std::uint64_t limit : {2000U, 5000U, 65'536U}) {
        const auto path = folder.path() / std::to_string(limit);
        Recording recording(path, pool, FileFormat::pcapng, {.bytes = limit});
        std::uint64_t frames = 0;
        while (!recording.show(payload).is_full)
            ++frames;
        CHECK(recording.recorder.full() == StopReason::bytes);
        const Counters counters = recording.end();
        CHECK(counters.received == frames);
        CHECK(counters.bytes <= limit);
        CHECK(counters.bytes + 500 > limit);
        CHECK(extent_of(path).frames == frames);
    }
}

TEST_CASE("a disk that refuses costs counted frames, and the file stays whole") {
    const ScratchFolder folder;
    const auto path = folder.path() / "spool.pcap";
    Counters counters;
    sink::SpoolProgress spooled;
    {
        const xpc::tests::SizeLimit limit(64U << 10U);
        sink::PartPool pool(16U << 10U, 8);
        pool.touch(8);
        Recording recording(path, pool, FileFormat::pcapng);
        const std::vector<std::byte> payload(1000);
        for (int i = 0; i < 100; ++i)
            recording.show(payload);
        counters = recording.end();
        spooled = recording.spooled;
    }
    REQUIRE(spooled.error);
    CHECK(spooled.error->message.contains("spool.pcap"));
    CHECK(adds_up(counters));
    CHECK(counters.received == 100);
    CHECK(counters.dropped_disk > 0);
    CHECK(counters.captured > 0);
    const auto extent = extent_of(path);
    CHECK(extent.frames == counters.captured);
    CHECK(extent.whole_bytes == counters.bytes);
}

TEST_CASE("a capture without frames is a file that can be opened") {
    const ScratchFolder folder;
    sink::PartPool pool(4096, 2);
    pool.touch(2);
    for (const FileFormat format : {FileFormat::pcapng, FileFormat::pcap_microseconds}) {
        const auto path = folder.path() / std::to_string(static_cast<int>(format));
        Recording recording(path, pool, format);
        const Counters counters = recording.end();
        CHECK(counters.bytes >= 24);
        CHECK(counters.bytes == recording.spooled.written_bytes);
        CHECK(extent_of(path).frames == 0);
    }
}
