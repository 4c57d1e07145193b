#include "capture/af_packet/report_pace.hpp"

#include <doctest/doctest.h>

using namespace xpc;
using capture::af_packet::ReportPace;

namespace {

constexpr std::chrono::milliseconds moment{1};

}  // namespace

TEST_CASE("jobs are told at once, and then every so often") {
    ReportPace pace;
    auto now = base::Deadline::clock::now();
    CHECK(pace.is_due(now));
    pace.told(now);
    pace.block_walked();
    CHECK_FALSE(pace.is_due(now + ReportPace::longest - moment));
    CHECK(pace.is_due(now + ReportPace::longest));
}

TEST_CASE("jobs are told sooner where much comes in") {
    ReportPace pace;
    const auto now = base::Deadline::clock::now();
    pace.told(now);
    for (std::size_t i = 1; i < ReportPace::most_blocks; ++i) {
        pace.block_walked();
        CHECK_FALSE(pace.is_due(now + moment));
    }
    pace.block_walked();
    CHECK(pace.is_due(now + moment));
    pace.told(now + moment);
    CHECK_FALSE(pace.is_due(now + 2 * moment));
}

TEST_CASE("what has come is told soon, also where nothing follows") {
    ReportPace pace;
    const auto now = base::Deadline::clock::now();
    pace.told(now);
    CHECK(pace.latest() == base::never);
    pace.block_walked();
    CHECK(pace.latest() == now + ReportPace::longest + ReportPace::late);
}
