#include "sink/spool.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stop.hpp"
#include "sink/spool_writers.hpp"
#include "support/scratch_folder.hpp"
#include "support/size_limit.hpp"

using namespace xpc;
using namespace xpc::sink;

namespace {

constexpr std::size_t part_bytes = std::size_t{128} << 10U;

/// Puts slices of parts into spools, and remembers what the file has to be.
class Filler {
public:
    Filler(PartPool& pool, std::uint32_t seed) : pool_(pool), random_(seed) {}

    /// `length` bytes, as a slice of the current part, or at the beginning of a new one at `phase`.
    PartSlice slice(std::size_t length, std::size_t phase = 0) {
        while (!part_ || part_->memory().size() - filled_ < length) {
            part_ = pool_.try_take(account_);
            filled_ = phase;
        }
        const auto memory = part_->memory().subspan(filled_, length);
        for (std::byte& byte : memory) {
            byte = static_cast<std::byte>(random_());
            expected_.push_back(static_cast<char>(byte));
        }
        PartSlice made{.part = *part_,
                       .begin = filled_,
                       .end = filled_ + length,
                       .frames = 1,
                       .whole_bytes = length};
        filled_ += length;
        return made;
    }

    void expect(const std::vector<std::byte>& block) {
        for (const std::byte byte : block)
            expected_.push_back(static_cast<char>(byte));
    }

    void seal() { part_.reset(); }

    [[nodiscard]] const std::string& expected() const { return expected_; }

private:
    PartPool& pool_;
    std::mt19937 random_;
    PartAccount account_;
    std::optional<PartRef> part_;
    std::size_t filled_ = 0;
    std::string expected_;
};

void put(Spool& spool, PartSlice slice, Spool::Tail tail = Spool::Tail::goes) {
    spool.put({&slice, 1}, tail);
}

void pause(std::chrono::milliseconds duration) {
    const base::Stop nobody;
    CHECK(base::wait(base::Fd(), nobody, base::in(duration)) == base::Woken::deadline);
}

/// Waits for the writers until the file has so many bytes.
void await_size(const std::filesystem::path& path, std::uintmax_t bytes) {
    const auto patience = base::in(std::chrono::seconds(10));
    while (std::filesystem::file_size(path) != bytes) {
        REQUIRE(base::Deadline::clock::now() < patience);
        pause(std::chrono::milliseconds(1));
    }
}

/// What a spool needs: memory for so many parts, threads, and a file that is not there.
struct Place {
    explicit Place(std::size_t parts) : pool(part_bytes, parts) { pool.touch(parts); }

    tests::ScratchFolder folder;
    std::filesystem::path path = folder.path() / "spool";
    PartPool pool;
    SpoolWriters writers;
};

/// Some spools, each with what it has to be.
struct Several {
    explicit Several(std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            spools.push_back(std::make_unique<Spool>(path(i), place.writers));
            fillers.push_back(std::make_unique<Filler>(place.pool, i));
        }
    }

    [[nodiscard]] std::filesystem::path path(std::size_t i) const {
        return place.path.native() + std::to_string(i);
    }

    void put(std::size_t i) { ::put(*spools[i], fillers[i]->slice(1000 + i)); }

    void end(std::size_t i) {
        CHECK_FALSE(spools[i]->close().error);
        CHECK(tests::ScratchFolder::content(path(i)) == fillers[i]->expected());
        spools[i].reset();
    }

    Place place{64};
    std::vector<std::unique_ptr<Filler>> fillers;
    std::vector<std::unique_ptr<Spool>> spools;
};

}  // namespace

TEST_CASE("a spool file is its slices and blocks one after the other, however they lie") {
    std::mt19937 numbers(7);
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        Place place(32);
        Filler filler(place.pool, seed);
        Spool spool(place.path, place.writers);
        const std::vector<std::byte> head(numbers() % 600, std::byte{'h'});
        filler.expect(head);
        spool.put(head);
        // first as it will lie in the file, later shifted by blocks in between
        const std::size_t phase = head.size() % GrowingFile::page_bytes;
        for (int i = 0; i < 60; ++i) {
            const std::size_t length = 1 + numbers() % (i % 7 == 0 ? 120'000 : 5'000);
            const auto tail = numbers() % 2 == 0 ? Spool::Tail::may_wait : Spool::Tail::goes;
            put(spool, filler.slice(length, i == 0 ? phase : 0), tail);
            if (i % 20 == 19) {
                const std::vector<std::byte> block(1 + numbers() % 100, std::byte{'b'});
                filler.expect(block);
                spool.put(block);
                filler.seal();
            }
        }
        const auto progress = spool.close();
        CHECK_FALSE(progress.error);
        CHECK(progress.written_bytes == filler.expected().size());
        CHECK(tests::ScratchFolder::content(place.path) == filler.expected());
        struct stat status{};
        REQUIRE(::stat(place.path.c_str(), &status) == 0);
        // nothing is left of what was allocated ahead
        CHECK(static_cast<std::uint64_t>(status.st_blocks) * 512 <
              filler.expected().size() + 65'536);
    }
}

TEST_CASE("full parts go to the disk past the page cache and come back as they were") {
    Place place(64);
    Filler filler(place.pool, 3);
    Spool spool(place.path, place.writers);
    for (int i = 0; i < 200; ++i)
        put(spool, filler.slice(part_bytes));
    const auto progress = spool.close();
    CHECK_FALSE(progress.error);
    CHECK(tests::ScratchFolder::content(place.path) == filler.expected());
}

TEST_CASE("an end that fills no page waits for what is put next") {
    constexpr std::size_t page = GrowingFile::page_bytes;
    Place place(4);
    Filler filler(place.pool, 8);
    Spool spool(place.path, place.writers);
    put(spool, filler.slice(3 * page + 100), Spool::Tail::may_wait);
    await_size(place.path, 3 * page);
    CHECK(spool.progress().written_bytes == 0);  // its last frame is not whole there
    put(spool, filler.slice(2 * page), Spool::Tail::may_wait);
    await_size(place.path, 5 * page);
    put(spool, filler.slice(10), Spool::Tail::may_wait);  // too little to be cut
    await_size(place.path, 5 * page + 110);
    put(spool, filler.slice(page), Spool::Tail::may_wait);
    await_size(place.path, 6 * page);
    SUBCASE("until it is told to go") {
        spool.put({}, Spool::Tail::goes);
        await_size(place.path, 6 * page + 110);
    }
    SUBCASE("or the file is closed") {}
    const auto progress = spool.close();
    CHECK_FALSE(progress.error);
    CHECK(progress.written_bytes == 6 * page + 110);
    CHECK(tests::ScratchFolder::content(place.path) == filler.expected());
}

TEST_CASE("when the disk refuses, the file ends with a whole frame and the rest is counted") {
    auto tail = Spool::Tail::goes;
    SUBCASE("at the end of what was put") {}
    SUBCASE("and so is one whose end waited") {
        tail = Spool::Tail::may_wait;
    }
    Place place(32);
    Filler filler(place.pool, 5);
    SpoolProgress progress;
    {
        const tests::SizeLimit limit(1'000'000);
        Spool spool(place.path, place.writers);
        for (int i = 0; i < 30; ++i)
            put(spool, filler.slice(100'000), tail);
        progress = spool.close();
    }
    REQUIRE(progress.error);
    CHECK(progress.error->message.contains(place.path.string()));
    const std::uint64_t kept = 30 - progress.lost_frames;
    CHECK(kept <= 10);
    if (tail == Spool::Tail::goes) CHECK(kept == 10);
    CHECK(progress.written_bytes == kept * 100'000);
    CHECK(tests::ScratchFolder::content(place.path) == filler.expected().substr(0, kept * 100'000));
}

TEST_CASE("a frame that ends in a refused slice is lost, with what was written of it") {
    Place place(4);
    Filler filler(place.pool, 6);
    SpoolProgress progress;
    {
        const tests::SizeLimit limit(150'000);
        Spool spool(place.path, place.writers);
        auto begun = filler.slice(100'000);
        begun.whole_bytes = 60'000;  // and the first bytes of a frame that goes on
        put(spool, begun);
        put(spool, filler.slice(100'000));
        progress = spool.close();
    }
    CHECK(progress.error);
    CHECK(progress.written_bytes == 60'000);
    CHECK(progress.lost_frames == 1);
    CHECK(tests::ScratchFolder::content(place.path).size() == 60'000);
}

TEST_CASE("many spools are written side by side by the same few threads") {
    Several many(20);
    for (int round = 0; round < 50; ++round) {
        for (std::size_t i = 0; i < many.spools.size(); ++i)
            many.put(i);
    }
    for (std::size_t i = 0; i < many.spools.size(); ++i)
        many.end(i);
}

TEST_CASE("many spools are synced while they are written, and one or the other is closed") {
    Several many(30);
    ::sync();  // with little of others in the page cache all are synced by one call
    for (std::size_t closed = 0; closed < many.spools.size(); ++closed) {
        for (std::size_t i = closed; i < many.spools.size(); ++i)
            many.put(i);
        pause(SpoolSyncer::pause / 5);
        many.end(closed);
    }
}

TEST_CASE("a spool that is given up waits for its writer only") {
    Place place(8);
    {
        Filler filler(place.pool, 1);
        Spool spool(place.path, place.writers);
        for (int i = 0; i < 5; ++i)
            put(spool, filler.slice(part_bytes));
    }
    place.pool.rest(0);  // asserts that all parts are back
}

TEST_CASE("a spool file is never written over") {
    const tests::ScratchFolder folder;
    const auto path = folder.file("spool.pcap", "precious");
    SpoolWriters writers;
    CHECK_THROWS_WITH_AS(Spool(path, writers), doctest::Contains("spool.pcap"), base::Failure);
    CHECK(tests::ScratchFolder::content(path) == "precious");
}
