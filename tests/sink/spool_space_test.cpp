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

TEST_CASE("one packed file at a time may be more than the spool has room for") {
    const tests::ScratchFolder folder;
    SpoolSpace space(folder.path(), 16);
    static_cast<void>(folder.file("capture", std::string(16, 'x')));
    const base::Stop nobody;
    base::Stop stop;
    stop.request();
    PackingSpace second(&space);
    {
        PackingSpace first(&space);
        first.take(10, nobody);
        first.take(10, nobody);
        CHECK_THROWS_AS(second.take(1, stop), base::Failure);
        CHECK(space.refusal().has_value());
    }
    second.take(10, nobody);
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
