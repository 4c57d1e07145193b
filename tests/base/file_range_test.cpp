#include "base/file_range.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/mapping.hpp"
#include "support/scratch_folder.hpp"

namespace {

xpc::base::UniqueFd file_with(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path) << content;
    return xpc::base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

xpc::base::UniqueFd opened_directly(const std::filesystem::path& path) {
    return xpc::base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT));
}

/// Numbered lines: no two pages are alike.
std::string lines(std::size_t least_bytes) {
    std::string content;
    for (int line = 0; content.size() < least_bytes; ++line)
        content += std::to_string(line) + '\n';
    return content;
}

/// posix_fadvise(2): dirty pages stay, so they are written before.
void forget_cached(xpc::base::Fd file) {
    REQUIRE(::fsync(file.raw()) == 0);
    REQUIRE(::posix_fadvise(file.raw(), 0, 0, POSIX_FADV_DONTNEED) == 0);
}

}  // namespace

TEST_CASE("a range of a file gives its own bytes, in pieces, and no others") {
    const xpc::tests::ScratchFolder folder;
    const std::string content = lines(2'700'000);
    const auto file = file_with(folder.path() / "file", content);
    const auto direct = opened_directly(folder.path() / "file");
    for (const bool is_cached : {true, false}) {
        for (const xpc::base::Fd past_the_cache : {xpc::base::Fd(), xpc::base::Fd(direct)}) {
            const xpc::base::FileRange range{.file = file,
                                             .direct = past_the_cache,
                                             .offset = 1024,
                                             .bytes = 2'600'000,
                                             .name = "file"};
            if (!is_cached) forget_cached(file);
            xpc::base::FileRange::Memory memory;
            std::string got;
            range.each_piece(
                [&](std::span<const std::byte> piece) {
                    CHECK(got.size() % 64 == 0);
                    got += xpc::base::as_text(piece);
                },
                memory);
            CHECK(got == content.substr(1024, 2'600'000));

            memory.give_back();
            xpc::base::FileRange::Scratch scratch(memory);
            std::vector<std::byte> five(5);
            for (const std::uint64_t at : {10ULL, 2'599'995ULL, 11ULL, 262'142ULL, 1'300'000ULL}) {
                REQUIRE(range.read_some(at, five, scratch) == 5);
                CHECK(xpc::base::as_text(five) == content.substr(1024 + at, 5));
            }
        }
    }
}

TEST_CASE("a range of a file is read into memory that begins at a page as into any other") {
    const xpc::tests::ScratchFolder folder;
    const std::string content = lines(1'700'000);
    const auto file = file_with(folder.path() / "file", content);
    const auto direct = opened_directly(folder.path() / "file");
    const xpc::base::FileRange range{
        .file = file, .direct = direct, .offset = 8192, .bytes = 1'600'000, .name = "file"};
    const auto room = xpc::base::Mapping::reserved(std::size_t{512} << 10U, "room");
    for (const std::size_t shift : {0UZ, 16UZ}) {
        forget_cached(file);
        xpc::base::FileRange::Memory memory;
        xpc::base::FileRange::Scratch scratch(memory);
        std::string got;
        while (got.size() < range.bytes) {
            const auto wanted =
                std::min<std::size_t>(room.bytes().size() - shift, range.bytes - got.size());
            const auto out = room.bytes().subspan(shift, wanted);
            const std::size_t now = range.read_some(got.size(), out, scratch);
            REQUIRE(now > 0);
            got += xpc::base::as_text(out.first(now));
        }
        CHECK(got == content.substr(8192, 1'600'000));
    }
}

TEST_CASE("a range of a file that has become shorter is an error that says where it ends") {
    const xpc::tests::ScratchFolder folder;
    const auto file = file_with(folder.path() / "file", "0123456789");
    const auto direct = opened_directly(folder.path() / "file");
    forget_cached(file);
    const xpc::base::FileRange range{
        .file = file, .direct = direct, .offset = 4, .bytes = 9, .name = "the spool"};
    try {
        xpc::base::FileRange::Memory memory;
        range.each_piece([](std::span<const std::byte>) {}, memory);
        FAIL("it was read");
    } catch (const xpc::base::Failure& failed) {
        CHECK(failed.error().errc == xpc::base::Errc::corrupt);
        CHECK(failed.error().message == "the spool: ends at 10, before 13");
    }
}
