#include "sink/spool_space.hpp"

#include <chrono>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/unique_fd.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::sink {
namespace {

void wait_for_the_next_count() {
    const base::Stop nobody;
    (void)base::wait(base::Fd(), nobody, base::in(std::chrono::milliseconds(120)));
}

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
    wait_for_the_next_count();
    CHECK_FALSE(space.refusal().has_value());
    CHECK_FALSE(space.take(16).has_value());
}

TEST_CASE("a batch that is larger than the spool may be does not close it for good") {
    const tests::ScratchFolder folder;
    SpoolSpace space(folder.path(), 16);
    CHECK(space.take(17).has_value());
    wait_for_the_next_count();
    CHECK_FALSE(space.refusal().has_value());
}

}  // namespace
}  // namespace xpc::sink
