// What an earlier process has left on a device: it is taken up, or removed.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "capture/ios_xe/engine.hpp"
#include "capture/ios_xe/engine_bench.hpp"

using namespace xpc;
using namespace xpc::capture;
using base::Errc;
using std::chrono::seconds;
using tests::Bench;
using tests::Counter;
using tests::ends_within;
using tests::error_of;

TEST_CASE("a capture that runs when its process ends is taken up by the next") {
    Bench bench;
    {
        const auto engine = bench.engine();
        const auto captures = engine->open(Bench::options());
        Counter counter;
        (void)captures[0]->start(counter);
    }
    CHECK(bench.device.points["XP100001"].is_active);
    const auto engine = bench.engine();
    const auto capture = engine->resume(Bench::options());
    CHECK(capture->description().interface == "GigabitEthernet1");
    Counter counter;
    (void)capture->start(counter);
    CHECK_FALSE(capture->ended().requested());
    CHECK(capture->finish().reason == EndReason::stopped);
    CHECK(counter.taken() == 3);
    // and once more, where only the file is left
    auto options = Bench::options();
    options.began_at = base::wall_now() - seconds(60);
    const auto again = engine->resume(options);
    Counter other;
    (void)again->start(other);
    CHECK(ends_within(*again, seconds(1)));
    const auto end = again->finish();
    CHECK(other.taken() == 3);
    REQUIRE(end.notes.size() == 1);
    CHECK(end.notes[0].errc == Errc::device_dropped);
    CHECK(engine->clear("XP100001", nullptr));
    CHECK(error_of([&] { (void)engine->resume(options); }).errc == Errc::device);
}

TEST_CASE("a process that comes later tells a reload by when the capture began") {
    struct Row {
        const char* uptime;
        seconds ago;
        Errc errc;
    };

    for (const Row& row : {Row{"1 minute", seconds(300), Errc::device_reloaded},
                           Row{"4 minutes", seconds(120), Errc::device},
                           Row{"3 days", seconds(300), Errc::device}}) {
        CAPTURE(row.uptime);
        Bench bench;
        bench.device.uptime = row.uptime;
        auto options = Bench::options();
        options.began_at = base::wall_now() - row.ago;
        CHECK(error_of([&] { (void)bench.engine()->resume(options); }).errc == row.errc);
    }
}

TEST_CASE("a sweep removes what is ours and not needed, and nothing else") {
    Bench bench;
    bench.device.points["XP100001"];
    bench.device.points["XP100002"];
    bench.device.points["LAB"];
    bench.device.points["XP12"];
    bench.device.lists["XP100003"];
    bench.device.lists["USERS"];
    (void)bench.folder.file("XP100004.pcap", "x");
    (void)bench.folder.file("mine.pcap", "x");
    const auto engine = bench.engine();
    const std::vector<std::string> kept{"XP100002"};
    auto cleared = engine->sweep(kept);
    REQUIRE(cleared);
    std::ranges::sort(*cleared);
    CHECK(*cleared == std::vector<std::string>{"XP100001", "XP100003", "XP100004"});
    CHECK(bench.device.points.size() == 3);
    CHECK(bench.device.lists.size() == 1);
    CHECK(std::filesystem::exists(bench.folder.path() / "mine.pcap"));
    CHECK_FALSE(std::filesystem::exists(bench.folder.path() / "XP100004.pcap"));
}

TEST_CASE("a capture that runs is stopped and removed, by a sweep and by itself") {
    for (const bool ends_at_refusal : {false, true}) {
        for (const bool is_switch : {false, true}) {
            CAPTURE(ends_at_refusal);
            CAPTURE(is_switch);
            Bench bench;
            bench.device.is_switch = is_switch;
            bench.device.ends_at_refusal = ends_at_refusal;
            for (const char* const name : {"XP100001", "XP100002"}) {
                bench.device.points[name].is_active = true;
                bench.device.lists[name];
            }
            const auto engine = bench.engine();
            CHECK(engine->clear("XP100001", nullptr));
            CHECK(bench.device.points.size() == 1);
            REQUIRE(engine->sweep({}));
            CHECK(bench.is_clean());
        }
    }
}

TEST_CASE("what the device still shows is not removed, whatever it said to that") {
    struct Row {
        const char* command;
        const char* answer;
        const char* stays;
    };

    for (const Row& row :
         {Row{"no monitor capture", "Busy, come again", "the capture XP100001"},
          Row{"no monitor capture", "", "the capture XP100001"},
          Row{"no ip access-list", "% In use", "the access list XP100001"},
          Row{"delete /force", "%Error deleting", "the file flash:XP100001.pcap"}}) {
        CAPTURE(row.answer);
        Bench bench;
        bench.device.answers[row.command] = row.answer;
        bench.device.points["XP100001"].is_active = true;
        bench.device.lists["XP100001"];
        (void)bench.folder.file("XP100001.pcap", "x");
        const auto cleared = bench.engine()->clear("XP100001", nullptr);
        REQUIRE_FALSE(cleared);
        CHECK(cleared.error().errc == Errc::device_refused);
        CHECK(cleared.error().message.contains(row.stays));
    }
}

TEST_CASE("the file of an export that still goes on is waited for, and removed") {
    Bench bench;
    bench.device.is_switch = true;
    bench.device.status_looks = 3;
    bench.device.points["XP100001"];
    CHECK(bench.engine()->clear("XP100001", nullptr));
    CHECK(bench.device.status_looks < 0);
    bench.device.points["XP100001"];
    bench.device.answers["monitor capture XP100001 export status"] = "Export in progress";
    CHECK(bench.engine()->clear("XP100001", nullptr).error().errc == Errc::timeout);
}

TEST_CASE("a capture that was set up, and not started before its process ended, is set up anew") {
    for (const bool is_switch : {false, true}) {
        CAPTURE(is_switch);
        Bench bench;
        bench.device.is_switch = is_switch;
        bench.device.points["XP100001"].interface = "GigabitEthernet1";
        bench.device.lists["XP100001"];
        const auto engine = bench.engine();
        CHECK(error_of([&] { (void)engine->resume(Bench::options()); }).errc == Errc::device);
        const auto captures = engine->open(Bench::options());
        CHECK(std::ranges::count(bench.device.said, "no monitor capture XP100001") == 1);
        Counter counter;
        (void)captures[0]->start(counter);
        (void)captures[0]->finish();
        CHECK(counter.taken() == 3);
    }
}

TEST_CASE("a capture that had begun and ended before it was known to have begun is kept") {
    for (const bool is_switch : {false, true}) {
        CAPTURE(is_switch);
        Bench bench;
        bench.device.is_switch = is_switch;
        auto& point = bench.device.points["XP100001"];
        point.interface = "GigabitEthernet1";
        point.has_run = true;
        const auto engine = bench.engine();
        const auto capture = engine->resume(Bench::options());
        Counter counter;
        (void)capture->start(counter);
        (void)capture->finish();
        CHECK(counter.taken() == 3);
    }
}

TEST_CASE("one that is known to have begun is kept, though it has captured nothing") {
    Bench bench;
    bench.device.packets = 0;
    bench.device.points["XP100001"].interface = "GigabitEthernet1";
    bench.device.lists["XP100001"];
    const auto engine = bench.engine();
    auto options = Bench::options();
    options.began_at = base::wall_now() - seconds(60);
    const auto capture = engine->resume(options);
    Counter counter;
    (void)capture->start(counter);
    CHECK(capture->finish().reason == EndReason::stopped);
    CHECK(std::ranges::count(bench.device.said, "monitor capture XP100001 start") == 0);
}

TEST_CASE("what has its name from another time is removed before a capture is set up") {
    Bench bench;
    bench.device.points["XP100001"].is_active = true;
    bench.device.lists["XP100001"].emplace_back("permit ip any any");
    const auto engine = bench.engine();
    const auto captures = engine->open(Bench::options());
    CHECK(bench.device.lists["XP100001"].size() == 1);
    CHECK(bench.device.lists["XP100001"].front().contains("udp"));
}
