#include "sink/growing_file.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/mman.h>

#include "base/mapping.hpp"
#include "sink/spool_file.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::sink;

namespace {

constexpr std::size_t page = GrowingFile::page_bytes;

/// Pages of the file that are in the page cache.
std::size_t cached_pages(const std::filesystem::path& path, std::size_t bytes) {
    const auto file = open_to_read(path);
    const auto mapped = base::Mapping::read_only(file, 0, bytes, "test");
    std::vector<unsigned char> resident((bytes + page - 1) / page);
    REQUIRE(::mincore(const_cast<std::byte*>(mapped.bytes().data()), bytes, resident.data()) == 0);
    return static_cast<std::size_t>(
        std::ranges::count_if(resident, [](unsigned char one) { return (one & 1U) != 0; }));
}

}  // namespace

TEST_CASE("a file is what was put into it, whichever way each piece went") {
    std::mt19937 numbers(11);
    const auto memory = base::Mapping::reserved(std::size_t{8} << 20U, "test");
    for (std::byte& byte : memory.bytes())
        byte = static_cast<std::byte>(numbers());
    for (int round = 0; round < 30; ++round) {
        CAPTURE(round);
        const tests::ScratchFolder folder;
        const auto path = folder.path() / "file";
        GrowingFile file(path);
        std::string expected;
        for (int i = 0; i < 40; ++i) {
            const std::size_t bytes = 1 + numbers() % (i % 3 == 0 ? 600'000 : 10'000);
            // most lie as they will in the file
            const std::size_t shift = numbers() % 4 == 0 ? numbers() % page : 0;
            const std::size_t from = numbers() % 1000 * page + (expected.size() + shift) % page;
            const std::span<const std::byte> piece = memory.bytes().subspan(from, bytes);
            const auto way =
                numbers() % 2 == 0 ? GrowingFile::Way::direct : GrowingFile::Way::page_cache;
            REQUIRE(file.append(std::array{piece}, way) == 0);
            expected.append(reinterpret_cast<const char*>(piece.data()), piece.size());
            if (i % 10 == 9) REQUIRE(file.sync() == 0);
        }
        REQUIRE(file.cut(expected.size()) == 0);
        CHECK(tests::ScratchFolder::content(path) == expected);
    }
}

TEST_CASE("only what has to wait for a slow disk is in the page cache") {
    const tests::ScratchFolder folder;
    const auto path = folder.path() / "file";
    constexpr std::size_t bytes = std::size_t{1} << 20U;
    const auto memory = base::Mapping::reserved(bytes, "test");
    GrowingFile file(path);
    if (!open_directly(path).valid()) {
        MESSAGE("this file system has no O_DIRECT");
        return;
    }
    const std::span<const std::byte> piece = memory.bytes();
    REQUIRE(file.append(std::array{piece}, GrowingFile::Way::direct) == 0);
    CHECK(cached_pages(path, bytes) == 0);
    REQUIRE(file.append(std::array{piece}, GrowingFile::Way::page_cache) == 0);
    CHECK(cached_pages(path, 2 * bytes) == bytes / page);
}
