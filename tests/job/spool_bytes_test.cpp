#include "job/spool_bytes.hpp"

#include <algorithm>
#include <cstdint>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::job;

TEST_CASE("a spool file is read in any order, and ends where it is to") {
    const tests::ScratchFolder folder;
    std::string content(3U << 20U, '\0');
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(i * 31 % 251);
    const auto path = folder.file("a.pcap", content);
    const auto file = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const std::uint64_t bytes = content.size() - 100;
    SpoolBytes spool(file, bytes, "spool");
    const auto has = [&](std::uint64_t offset, std::size_t length, std::size_t there) {
        const auto got = spool.at(offset, length);
        return got.size() == there &&
               std::ranges::equal(got, std::as_bytes(std::span(content)).subspan(offset, there));
    };
    CHECK(has(0, 28, 28));
    CHECK(has((1U << 20U) - 3, 10, 10));
    CHECK(has(5, 2U << 20U, 2U << 20U));
    CHECK(has(bytes - 5, 10, 5));
    CHECK(has(1, 7, 7));
    CHECK(spool.at(bytes, 1).empty());
    CHECK(spool.at(bytes + 1, 1).empty());
}

TEST_CASE("a spool file ends where its disk does not give it back") {
    // memory that is not there is read with the error of a bad sector (proc(5), /proc/pid/mem)
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void* const memory = ::mmap(nullptr, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    REQUIRE(::munmap(static_cast<std::byte*>(memory) + page, page) == 0);
    const auto file = base::UniqueFd::adopt(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
    const auto begin = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(memory));
    SpoolBytes spool(file, begin + 2 * page, "spool");
    CHECK(spool.at(begin + 16, 32).size() == 32);
    CHECK(spool.at(begin + page - 16, 32).size() == 16);
    CHECK(spool.at(begin + page, 1).empty());
    CHECK(spool.at(begin, 2 * page).size() == page);
    ::munmap(memory, page);
}
