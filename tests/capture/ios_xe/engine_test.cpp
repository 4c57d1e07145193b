#include "capture/ios_xe/engine.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "capture/engines.hpp"
#include "capture/ios_xe/engine_bench.hpp"

using namespace xpc;
using namespace xpc::capture;
using base::Errc;
using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::Bench;
using tests::Counter;
using tests::ends_within;
using tests::error_of;
using tests::Kept;

TEST_CASE("a capture gives its frames at the end, says what was lost, and leaves only its file") {
    for (const bool is_switch : {false, true}) {
        CAPTURE(is_switch);
        Bench bench;
        bench.device.is_switch = is_switch;
        bench.device.status_looks = 2;
        bench.device.dropped = 7;
        bench.device.packets = 1000;
        const auto engine = bench.engine();
        Kept dialogue;
        auto options = Bench::options();
        options.dialogue = &dialogue;
        const auto captures = engine->open(options);
        REQUIRE(captures.size() == 1);
        CHECK(captures[0]->description().interface == "GigabitEthernet1");
        CHECK(captures[0]->description().filter == "ip and (ip proto 17 or ip6 proto 17)");
        Counter counter;
        const auto began = captures[0]->start(counter);
        CHECK(began.at <= base::wall_now());
        const auto end = captures[0]->finish();
        CHECK(end.reason == EndReason::stopped);
        CHECK(counter.taken() == 1000);
        CHECK(counter.bytes == 60'000);
        CHECK(counter.counts.seen == 1000);
        CHECK(counter.counts.dropped == 7);
        CHECK(counter.last ==
              base::WallTime(seconds(1'700'000'999)) + std::chrono::microseconds(5));
        CHECK(bench.device.points.empty());
        CHECK(bench.device.lists.empty());
        CHECK(std::filesystem::exists(bench.folder.path() / "XP100001.pcap"));
        CHECK(std::ranges::count(dialogue.commands, "monitor capture XP100001 start") == 1);
        CHECK(engine->clear("XP100001", nullptr));
        CHECK(bench.is_clean());
    }
}

TEST_CASE("a capture that was never started leaves nothing") {
    Bench bench;
    const auto engine = bench.engine();
    (void)engine->open(Bench::options());
    CHECK(bench.is_clean());
}

TEST_CASE("a device that ends a capture early is noticed, and says why") {
    Bench bench;
    const auto engine = bench.engine();
    const auto captures = engine->open(Bench::options());
    Counter counter;
    (void)captures[0]->start(counter);
    {
        const std::lock_guard lock(bench.device.mutex);
        bench.device.points["XP100001"].is_active = false;
        bench.device.used_kib = 10'239;
    }
    REQUIRE(ends_within(*captures[0], seconds(5)));
    const auto end = captures[0]->finish();
    CHECK(end.reason == EndReason::device);
    CHECK(end.errc == Errc::device_buffer_full);
    CHECK(end.message.contains("buffer of 10 MiB was full"));
    CHECK(counter.taken() == 3);
}

TEST_CASE("the end that was asked for is not the device's own") {
    Bench bench;
    const auto engine = bench.engine();
    const auto captures = engine->open(Bench::options(seconds(1)));
    Counter counter;
    (void)captures[0]->start(counter);
    {
        const std::lock_guard lock(bench.device.mutex);
        bench.device.points["XP100001"].is_active = false;
    }
    CHECK_FALSE(ends_within(*captures[0], milliseconds(100)));
    CHECK(captures[0]->finish().reason == EndReason::stopped);
}

TEST_CASE("a circular buffer that went round is told") {
    Bench bench;
    bench.device.used_kib = 10'240;
    const auto engine = bench.engine();
    auto options = Bench::options();
    options.circular = true;
    const auto captures = engine->open(options);
    Counter counter;
    (void)captures[0]->start(counter);
    const auto end = captures[0]->finish();
    CHECK(end.reason == EndReason::stopped);
    REQUIRE(end.notes.size() == 1);
    CHECK(end.notes[0].errc == Errc::device_tail_only);
}

TEST_CASE("a consumer that is full ends the capture where it was") {
    Bench bench;
    bench.device.packets = 500;
    const auto engine = bench.engine();
    const auto captures = engine->open(Bench::options());
    Counter counter(100);
    (void)captures[0]->start(counter);
    const auto end = captures[0]->finish();
    CHECK(end.reason == EndReason::full);
    CHECK(end.at == counter.last);
    CHECK(counter.counts.seen == 100);
}

TEST_CASE("frames that the buffer had and the file has not count as lost") {
    Bench bench;
    bench.device.answers["show monitor capture XP100001 buffer"] =
        "packets in buf : 5\npackets dropped : 1";
    const auto engine = bench.engine();
    const auto captures = engine->open(Bench::options());
    Counter counter;
    (void)captures[0]->start(counter);
    (void)captures[0]->finish();
    CHECK(counter.counts.seen == 3);
    CHECK(counter.counts.dropped == 3);
}

TEST_CASE("what a device refuses is an error of its own, in its words, and leaves nothing") {
    struct Row {
        const char* name;
        const char* command;
        const char* answer;
        Errc errc;
    };

    const auto rows = std::to_array<Row>({
        {"interface", "monitor capture XP100001 interface", "% Invalid input detected at '^'",
         Errc::device_refused},
        {"access list", "monitor capture XP100001 access-list",
         "Non-existent access-list specified\n\nFailed to attach existing ACL",
         Errc::device_acl_lost},
        {"start", "monitor capture XP100001 start", "Unable to activate Capture.",
         Errc::device_refused},
        {"no room", "dir flash:", "2000000000 bytes total (1000 bytes free)",
         Errc::device_flash_full},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Bench bench;
        bench.device.answers[row.command] = row.answer;
        const auto engine = bench.engine();
        const auto error = error_of([&] {
            const auto captures = engine->open(Bench::options());
            Counter counter;
            (void)captures[0]->start(counter);
        });
        CHECK(error.errc == row.errc);
        CHECK(error.message.starts_with("device r1: "));
        CHECK(bench.device.points.empty());
        CHECK(bench.device.lists.empty());
    }
}

TEST_CASE("an export that fails is told in the device's words, and the capture stays") {
    struct Row {
        const char* answer;
        Errc errc;
    };

    for (const Row& row :
         {Row{"Failed to Export : No space left on device", Errc::device_flash_full},
          Row{"Failed to Export", Errc::device_refused}, Row{"LOST", Errc::device_lost}}) {
        CAPTURE(row.answer);
        Bench bench;
        bench.device.answers["monitor capture XP100001 export"] = row.answer;
        const auto engine = bench.engine();
        const auto captures = engine->open(Bench::options());
        Counter counter;
        (void)captures[0]->start(counter);
        CHECK(error_of([&] { (void)captures[0]->finish(); }).errc == row.errc);
        CHECK(bench.device.points.contains("XP100001"));
        bench.device.answers.clear();
        const auto again = engine->resume(Bench::options());
        (void)again->start(counter);
        (void)again->finish();
        CHECK(counter.taken() == 3);
    }
}

TEST_CASE("a reload during the capture is told from a capture that somebody removed") {
    struct Row {
        const char* name;
        const char* uptime;        ///< when the capture begins
        const char* later_uptime;  ///< when it is missed
        Errc errc;
    };

    for (const Row& row :
         {Row{"a reload", "3 days, 1 hour", "1 minute", Errc::device_reloaded},
          Row{"removed", "3 days, 1 hour", "3 days, 1 hour", Errc::device},
          Row{"removed soon after a start", "3 minutes", "3 minutes", Errc::device}}) {
        CAPTURE(row.name);
        Bench bench;
        bench.device.uptime = row.uptime;
        const auto engine = bench.engine();
        const auto captures = engine->open(Bench::options());
        Counter counter;
        (void)captures[0]->start(counter);
        {
            const std::lock_guard lock(bench.device.mutex);
            bench.device.points.clear();
            bench.device.uptime = row.later_uptime;
        }
        REQUIRE(ends_within(*captures[0], seconds(5)));
        CHECK(error_of([&] { (void)captures[0]->finish(); }).errc == row.errc);
    }
}

TEST_CASE("an access list that was removed during the capture is told") {
    Bench bench;
    const auto engine = bench.engine();
    const auto captures = engine->open(Bench::options());
    Counter counter;
    (void)captures[0]->start(counter);
    {
        const std::lock_guard lock(bench.device.mutex);
        bench.device.lists.clear();
    }
    const auto end = captures[0]->finish();
    CHECK(end.reason == EndReason::device);
    CHECK(end.errc == Errc::device_acl_lost);
    CHECK(counter.taken() == 3);
}

TEST_CASE("a file that is not whole gives what can be read of it, and says so") {
    Bench bench;
    const auto engine = bench.engine();
    const auto captures = engine->open(Bench::options());
    Counter counter;
    (void)captures[0]->start(counter);
    const auto whole = tests::pcap_file(3);
    (void)bench.folder.file("XP100001.pcap", "");
    bench.device.answers["delete /force"] = "";
    bench.device.answers["monitor capture XP100001 export"] = "Exported Successfully";
    (void)bench.folder.file("XP100001.pcap", whole.substr(0, whole.size() - 10));
    const auto end = captures[0]->finish();
    CHECK(end.reason == EndReason::device);
    CHECK(end.errc == Errc::device_file);
    CHECK(end.message.contains("not whole"));
    CHECK(counter.taken() == 2);
}

TEST_CASE("a check asks no device, and knows what it can not do") {
    Bench bench;
    const auto engine = bench.engine();
    CHECK(engine->check(Bench::options())->interface == "Gi1");
    auto options = Bench::options();
    options.interface = "Gi1 ; reload";
    CHECK(engine->check(options).error().field == "interface");
    CHECK(bench.device.said.empty());
}

TEST_CASE("configured devices are found by their names, and wrong ones refused") {
    DeviceSettings settings;
    settings.name = "r1";
    settings.way = Way::dohost;
    const Engines engines(1 << 20, 1, {settings});
    const auto found = engines.find("r1");
    REQUIRE(found);
    CHECK((*found)->outlives_us());
    settings.export_to = "flash:;reload";
    CHECK_THROWS_AS(Engines(1 << 20, 1, {settings}), base::Failure);
}

TEST_CASE("what a device would be told can be read before, and nothing is told for that") {
    for (const bool is_switch : {false, true}) {
        CAPTURE(is_switch);
        Bench bench;
        bench.device.is_switch = is_switch;
        const auto engine = bench.engine();
        const auto instructions = engine->instructions(Bench::options());
        REQUIRE(instructions);
        CHECK(instructions->language == "ios");
        const auto has = [&](std::string_view line) {
            return std::ranges::count(instructions->lines, line) == 1;
        };
        CHECK(has("ip access-list extended XP100001"));
        CHECK(has("permit udp any any"));
        CHECK(has("monitor capture XP100001 limit duration 60"));
        CHECK(has("monitor capture XP100001 limit pps 1000000") != is_switch);
        CHECK(instructions->lines.back() == "monitor capture XP100001 start");
        CHECK(bench.is_clean());
    }
}
