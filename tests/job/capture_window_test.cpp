#include "job/capture_window.hpp"

#include <chrono>

#include <doctest/doctest.h>

#include "base/stop.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace std::chrono_literals;

TEST_CASE("a capture ends its duration after its begin, and before that has no end") {
    CaptureWindow window(10s);
    CHECK(window.end() == base::never);
    const auto began = base::Deadline::clock::now();
    window.begin(began);
    CHECK(window.end() == began + 10s);
}

TEST_CASE("its end can be moved until it has come, and whoever waits for it hears of it") {
    const base::Stop nobody;
    CaptureWindow window(10s);
    window.begin(base::Deadline::clock::now() - 5s);
    CHECK(base::wait(window.moved().fd(), nobody, base::Deadline()) == base::Woken::deadline);
    CHECK(window.change(20s));
    CHECK(base::wait(window.moved().fd(), nobody, base::Deadline()) == base::Woken::ready);
    window.hear_moved();
    CHECK(base::wait(window.moved().fd(), nobody, base::Deadline()) == base::Woken::deadline);
    CHECK(window.duration() == 20s);
    CHECK_FALSE(window.conclude(false));  // not yet, as it has been moved
    CHECK(window.change(6s));
    CHECK(window.duration() == 6s);
}

TEST_CASE("it can not be moved into the past") {
    CaptureWindow window(10s);
    window.begin(base::Deadline::clock::now() - 5s);
    const auto refused = window.change(5s);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errc == base::Errc::conflict);
    CHECK(refused.error().field == "duration");
    CHECK(refused.error().message.contains("5 s"));
    CHECK(window.duration() == 10s);
}

TEST_CASE("it can not be moved when the capture has ended, by its time or before") {
    CaptureWindow due(10s);
    due.begin(base::Deadline::clock::now() - 10s);
    CHECK(due.conclude(false));
    CHECK_FALSE(due.change(1h));
    CaptureWindow stopped(10s);
    stopped.begin(base::Deadline::clock::now());
    CHECK(stopped.conclude(true));
    CHECK_FALSE(stopped.change(1h));
    CHECK(stopped.duration() == 10s);
}

TEST_CASE("what was stored does not undo what its user has changed since") {
    CaptureWindow window(10s);
    window.set_stored(11s);
    CHECK(window.duration() == 11s);
    CHECK(window.change(12s));
    window.set_stored(11s);
    CHECK(window.duration() == 12s);
}
