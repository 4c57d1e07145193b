#include "sink/spool_space.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::sink {
namespace {

constexpr std::chrono::milliseconds until_it_is_counted_again{120};

TEST_CASE("a spool that had no room for a batch takes no capture until it would have") {
    const tests::ScratchFolder folder;
    SpoolSpace space(folder.path(), 16);
    CHECK_FALSE(space.refusal().has_value());
    CHECK_FALSE(space.take(10).has_value());
    const auto file = folder.file("capture", std::string(10, 'x'));
    const auto refused = space.take(8);
    REQUIRE(refused.has_value());
    CHECK(refused->errc == base::Errc::disk_full);
    CHECK(space.refusal().has_value());  // though there are six bytes left
    std::filesystem::remove(file);
    std::this_thread::sleep_for(until_it_is_counted_again);
    CHECK_FALSE(space.refusal().has_value());
    CHECK_FALSE(space.take(16).has_value());
}

TEST_CASE("a batch that is larger than the spool may be does not close it for good") {
    const tests::ScratchFolder folder;
    SpoolSpace space(folder.path(), 16);
    CHECK(space.take(17).has_value());
    std::this_thread::sleep_for(until_it_is_counted_again);
    CHECK_FALSE(space.refusal().has_value());
}

}  // namespace
}  // namespace xpc::sink
