#include "base/mapping.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>

#include <doctest/doctest.h>

namespace xpc::base {
namespace {

constexpr std::size_t large = Mapping::large_page_bytes;

/// KiB of large pages that this process has (proc(5)).
std::size_t large_pages_kib() {
    std::ifstream file("/proc/self/smaps_rollup");
    const std::string name = "AnonHugePages:";
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(name)) continue;
        const auto digits = line.find_first_of("0123456789");
        std::size_t kib = 0;
        std::from_chars(line.data() + digits, line.data() + line.size(), kib);
        return kib;
    }
    return 0;
}

bool is_empty(std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte one) { return one == std::byte{}; });
}

TEST_CASE("addresses begin where a large page may") {
    for (const std::size_t length : {std::size_t{1}, std::size_t{4096}, large, 3 * large - 1}) {
        CAPTURE(length);
        auto mapping = Mapping::reserved(length, "a test");
        REQUIRE(mapping.bytes().size() == length);
        CHECK(reinterpret_cast<std::uintptr_t>(mapping.bytes().data()) % large == 0);
        mapping.bytes().front() = std::byte{1};
        mapping.bytes().back() = std::byte{1};
    }
}

TEST_CASE("pages are small, unless large ones were asked for") {
    auto mapping = Mapping::reserved(8 * large, "a test");
    const std::size_t before = large_pages_kib();
    mapping.touch(0, 4 * large, "a test");
    CHECK(large_pages_kib() == before);

    mapping.prefer_large_pages(4 * large, 4 * large);
    mapping.touch(4 * large, 4 * large, "a test");
    // as many as the kernel has at hand, and is allowed to give
    CHECK(large_pages_kib() <= before + 4 * large / 1024);
    CHECK(is_empty(mapping.bytes()));

    mapping.forget(0);
    CHECK(large_pages_kib() <= before);
    mapping.touch(0, 8 * large, "a test");
    CHECK(large_pages_kib() <= before);
}

TEST_CASE("what was forgotten is empty when it comes again") {
    auto mapping = Mapping::reserved(2 * large, "a test");
    mapping.prefer_large_pages(0, 2 * large);
    for (int round = 0; round < 2; ++round) {
        mapping.touch(0, 2 * large, "a test");
        CHECK(is_empty(mapping.bytes().subspan(large)));
        std::ranges::fill(mapping.bytes(), std::byte{0xAA});
        mapping.forget(large);
        CHECK(mapping.bytes()[large - 1] == std::byte{0xAA});
        CHECK(is_empty(mapping.bytes().subspan(large)));
    }
}

}  // namespace
}  // namespace xpc::base
