#include "job/recorder.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "job/recovery.hpp"
#include "pcap/pcap_reader.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

namespace {

/// A sink that only remembers how far the file was final.
class Heard final : public sink::Sink {
public:
    void advance(std::uint64_t final_bytes) override {
        CHECK(final_bytes >= heard);
        heard = final_bytes;
    }

    sink::Receipt finish(std::uint64_t /*total_bytes*/, const base::Stop& /*stop*/) override {
        return {};
    }

    std::uint64_t heard = 0;
};

const pcap::PcapWriter writer(pcap::LinkType::ethernet, 262'144, pcap::Precision::nanoseconds);

pcap::FrameView frame_of(std::span<const std::byte> bytes) {
    return {.pieces = {bytes},
            .captured_bytes = static_cast<std::uint32_t>(bytes.size()),
            .wire_bytes = static_cast<std::uint32_t>(bytes.size()),
            .when = base::WallTime(1s)};
}

bool adds_up(const Counters& counters) {
    return counters.received == counters.captured + counters.filtered + counters.dropped_ring +
                                    counters.dropped_queue + counters.dropped_disk;
}

pcap::Extent extent_of(const std::filesystem::path& path) {
    const std::string content = tests::ScratchFolder::content(path);
    const auto extent = pcap::whole_extent(std::as_bytes(std::span(content)));
    REQUIRE(extent);
    CHECK(extent->whole_bytes == content.size());
    return *extent;
}

}  // namespace

TEST_CASE("every frame is in the file, or counted as lost in the queue") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "spool.pcap";
    // two small parts and frames as fast as they can be made: the disk can not keep up for ever
    sink::PartPool pool(4096, 2);
    sink::Spool spool(path, pool);
    Heard heard;
    Counters last;
    Recorder recorder({.pool = pool, .spool = spool, .sink = heard}, writer,
                      [&last](const Counters& counters, const std::optional<base::Error>& error) {
                          CHECK_FALSE(error);
                          CHECK(adds_up(counters));
                          last = counters;
                      });
    const std::vector<std::byte> payload(1000);
    constexpr std::uint64_t frames = 20'000;
    for (std::uint64_t i = 0; i < frames; ++i) {
        recorder.accept(frame_of(payload));
        if (i % 100 == 0) recorder.batch_done(3);
    }
    recorder.finish();
    const auto spooled = spool.close();
    const Counters counters = recorder.counters();
    CHECK(adds_up(counters));
    CHECK(counters.received == frames + 3);
    CHECK(counters.dropped_ring == 3);
    CHECK(counters.dropped_queue > 0);
    const auto extent = extent_of(path);
    CHECK(extent.frames == counters.captured);
    CHECK(extent.whole_bytes == counters.bytes);
    CHECK(extent.whole_bytes == spooled.written_bytes);
    CHECK(heard.heard <= spooled.written_bytes);
}

TEST_CASE("a disk that refuses costs counted frames, and the file stays whole") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "spool.pcap";
    // a limit on the size of files refuses as a full disk does, and needs no disk of its own
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 64U << 10U, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    Counters counters;
    sink::SpoolProgress spooled;
    {
        sink::PartPool pool(16U << 10U, 8);
        sink::Spool spool(path, pool);
        Heard heard;
        Recorder recorder(
            {.pool = pool, .spool = spool, .sink = heard}, writer,
            [](const Counters& now, const std::optional<base::Error>&) { CHECK(adds_up(now)); });
        const std::vector<std::byte> payload(1000);
        for (int i = 0; i < 100; ++i)
            recorder.accept(frame_of(payload));
        recorder.finish();
        spooled = spool.close();
        counters = recorder.counters();
    }
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, handler);
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
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "spool.pcap";
    sink::PartPool pool(4096, 2);
    sink::Spool spool(path, pool);
    Heard heard;
    Recorder recorder({.pool = pool, .spool = spool, .sink = heard}, writer,
                      [](const Counters&, const std::optional<base::Error>&) {});
    recorder.finish();
    CHECK(spool.close().written_bytes == 24);
    CHECK(extent_of(path).frames == 0);
}

TEST_CASE("a spool file is never written over") {
    const tests::ScratchFolder folder;
    const auto path = folder.file("spool.pcap", "precious");
    const sink::PartPool pool(4096, 2);
    CHECK_THROWS_WITH_AS(sink::Spool(path, pool), doctest::Contains("spool.pcap"), base::Failure);
    CHECK(tests::ScratchFolder::content(path) == "precious");
}

TEST_CASE("a job that was killed keeps the whole frames of its file, wherever the file was cut") {
    const tests::ScratchFolder folder;
    std::vector<std::byte> file(24 + 3 * (16 + 50));
    writer.write_file_header(file);
    const std::vector<std::byte> payload(50);
    for (std::size_t i = 0; i < 3; ++i) {
        writer.write_record(std::span(file).subspan(24 + i * 66, 66), frame_of(payload));
    }
    for (std::size_t length = 0; length <= file.size(); length += 7) {
        CAPTURE(length);
        const auto path = folder.file(
            "killed.pcap", std::string(reinterpret_cast<const char*>(file.data()), length));
        Job job;
        job.position = {State::running, Delivery::none};
        const Job ended = salvage(job, path);
        CHECK(ended.stop_reason == StopReason::crash);
        CHECK(ended.position.state == State::stopped);
        CHECK(ended.stopped_at);
        REQUIRE(ended.errors.size() == 1);
        CHECK(may_follow(job.position, ended.position));
        if (length < 24) {
            CHECK(ended.position.delivery == Delivery::failed);
            continue;
        }
        CHECK(ended.position.delivery == Delivery::none);
        CHECK(ended.counters.captured == (length - 24) / 66);
        CHECK(std::filesystem::file_size(path) == ended.counters.bytes);
        CHECK(extent_of(path).frames == ended.counters.captured);
    }
    Job job;
    job.position = {State::stopping, Delivery::none};
    CHECK(salvage(job, folder.path() / "never-written.pcap").position.delivery == Delivery::failed);
}
