#include "sink/compressing_sink.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"
#include "sink/sinks.hpp"
#include "sink/spool_space.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::sink {
namespace {

namespace fs = std::filesystem;

const Destination destination{.store = StoreKind::embedded, .bucket = "pcaps", .key = "a/1.zst"};

/// Some 2.5 pieces of text that packs well.
std::string long_text() {
    std::string out;
    for (int i = 0; out.size() < 2'600'000; ++i)
        out += "packet " + std::to_string(i) + '\n';
    return out;
}

Sinks sinks_in(const tests::ScratchFolder& folder) {
    return Sinks({.objects_dir = folder.path() / "o", .s3 = {}});
}

std::string delivered(const tests::ScratchFolder& folder, const std::string& content,
                      const std::vector<std::uint64_t>& advances) {
    const auto spool = folder.file("job.pcap", content);
    const Sinks sinks = sinks_in(folder);
    const auto sink = sinks.open(destination, {.compression = Compression::zstd}, spool);
    for (const auto bytes : advances)
        sink->advance(bytes);
    const auto receipt = sink->finish(content.size(), {}, base::Stop());
    std::string packed = tests::ScratchFolder::content(sinks.object_path(destination));
    CHECK(receipt.bytes == packed.size());
    CHECK(tests::ScratchFolder::content(spool) == content);
    fs::remove(sinks.object_path(destination));
    return packed;
}

TEST_CASE("a file is packed to the same bytes, in however many pieces it became final") {
    const tests::ScratchFolder folder;
    const std::string content = long_text();
    const std::string at_once = delivered(folder, content, {});
    CHECK(at_once.size() < content.size() / 3);
    CHECK(at_once.starts_with("\x28\xb5\x2f\xfd"));  // RFC 8878, 3.1.1
    CHECK(delivered(folder, content, {1, 1'000'000, 1'048'576, 2'500'000}) == at_once);
    CHECK_FALSE(delivered(folder, "x", {}).empty());
}

TEST_CASE("the packed file goes with the sink, and with what was left over by a crash") {
    const tests::ScratchFolder folder;
    const auto spool = folder.file("job.pcap", long_text());
    const auto packed = folder.file("job.pcap.zst", "of a process that was killed");
    {
        const auto sink =
            sinks_in(folder).open(destination, {.compression = Compression::zstd}, spool);
        sink->advance(1'048'576);
        CHECK(fs::exists(packed));
    }
    CHECK_FALSE(fs::exists(packed));
    CHECK(fs::exists(spool));
}

TEST_CASE("what a process that was killed had delivered, and not recorded, is no conflict") {
    const tests::ScratchFolder folder;
    const auto spool = folder.file("job.pcap", long_text());
    const Sinks sinks = sinks_in(folder);
    const auto object = sinks.object_path(destination);
    const auto deliver = [&] {
        const auto sink = sinks.open(destination, {.compression = Compression::zstd}, spool);
        return sink->finish(fs::file_size(spool), {}, base::Stop());
    };
    const auto first = deliver();
    const auto content = tests::ScratchFolder::content(object);
    const auto again = deliver();  // a power cut has taken the packed file
    CHECK(first.etag == again.etag);
    fs::create_hard_link(object, folder.path() / "job.pcap.zst");  // a kill leaves it
    CHECK(deliver().bytes == first.bytes);
    CHECK(tests::ScratchFolder::content(object) == content);
    CHECK(fs::hard_link_count(object) == 1);
}

TEST_CASE("a spool file that is shorter than was said is told, and nothing is delivered") {
    const tests::ScratchFolder folder;
    const auto spool = folder.file("job.pcap", "short");
    const Sinks sinks = sinks_in(folder);
    const auto sink = sinks.open(destination, {.compression = Compression::zstd}, spool);
    CHECK_THROWS_AS(static_cast<void>(sink->finish(6, {}, base::Stop())), base::Failure);
    CHECK_FALSE(fs::exists(sinks.object_path(destination)));
}

TEST_CASE("what is packed waits for room in the spool") {
    const tests::ScratchFolder folder;
    const auto spool = folder.file("job.pcap", "packets");
    SpoolSpace space(folder.path(), 1);
    auto another = std::make_optional<PackingSpace>(&space);
    const base::Stop nobody;
    another->take(1'000, nobody);
    const Sinks sinks({.objects_dir = folder.path() / "o", .s3 = {}, .spool_space = &space});
    base::Stop done;
    std::jthread delivery([&] {
        const auto sink = sinks.open(destination, {.compression = Compression::zstd}, spool);
        static_cast<void>(sink->finish(7, {}, nobody));
        done.request();
    });
    CHECK(base::wait(done.fd(), nobody, base::in(std::chrono::milliseconds(50))) ==
          base::Woken::deadline);
    another.reset();
    delivery.join();
    CHECK(fs::exists(sinks.object_path(destination)));
}

TEST_CASE("a delivery that is stopped ends at once") {
    const tests::ScratchFolder folder;
    const auto spool = folder.file("job.pcap", long_text());
    base::Stop stop;
    stop.request();
    const auto sink = sinks_in(folder).open(destination, {.compression = Compression::zstd}, spool);
    CHECK_THROWS_AS(static_cast<void>(sink->finish(2'600'000, {}, stop)), base::Failure);
}

}  // namespace
}  // namespace xpc::sink
