#include "cli/render.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/printable.hpp"
#include "cli/scripted_server.hpp"

namespace xpc::cli {
namespace {

using std::chrono::milliseconds;

Job job_in(const std::string& state, const std::string& delivery = "none") {
    return base::value_or_throw(
        job_from_json(base::value_or_throw(base::parse_json(tests::job_json(state, delivery)))));
}

Job lossless_in(const std::string& state, const std::string& delivery = "none") {
    Job job = job_in(state, delivery);
    job.counters.ring = job.counters.queue = 0;
    return job;
}

constexpr const char* server = "http://127.0.0.1:5000";

}  // namespace

TEST_CASE("the progress line of a running job fits every terminal and never hides a loss") {
    const Job job = job_in("running");
    const Progress progress{.job = job, .elapsed = milliseconds(4200), .packets_per_second = 410};

    struct Row {
        std::size_t width;
        const char* line;
    };

    for (const Row& row :
         {Row{120,
              "[================>                       ] 0:04/0:10  1,234 packets  123.5 kB"
              "  410/s  12 LOST"},
          Row{71, "[=======>         ] 0:04/0:10  1,234 packets  123.5 kB  410/s  12 LOST"},
          Row{62, "[===>    ] 0:04/0:10  1,234 packets  123.5 kB  410/s  12 LOST"},
          Row{50, "0:04/0:10  1,234 packets  123.5 kB  12 LOST"},
          Row{40, "0:04/0:10  1,234 packets  12 LOST"}, Row{30, "[===>    ] 0:04/0:10  12 LOST"},
          Row{20, "0:04/0:10  12 LOST"}, Row{12, "12 LOST"}, Row{6, "12 .."}, Row{1, "."}}) {
        CAPTURE(row.width);
        const std::string line = progress_bar(progress, row.width, false);
        CHECK(columns(line) <= std::max<std::size_t>(row.width - 1, 1));
        CHECK(line == row.line);
    }
    for (std::size_t width = 1; width < 200; ++width)
        CHECK(columns(progress_bar(progress, width, false)) <= std::max<std::size_t>(width - 1, 1));
}

TEST_CASE("a loss is red where colours are wanted, and takes no more room") {
    const Job job = job_in("running");
    const Progress progress{.job = job, .elapsed = milliseconds(0)};
    const std::string colored = progress_bar(progress, 80, true);
    CHECK(colored.ends_with("\x1b[1;31m12 LOST\x1b[0m"));
    const std::string plain = progress_bar(progress, 80, false);
    CHECK_FALSE(plain.contains('\x1b'));
    CHECK(colored.size() == plain.size() + std::string("\x1b[1;31m\x1b[0m").size());

    const Job lossless = lossless_in("running");
    CHECK_FALSE(progress_bar({.job = lossless}, 80, true).contains('\x1b'));
    CHECK(progress_bar({.job = lossless}, 80, true).ends_with("0 lost"));
}

TEST_CASE("what a job waits for is said wherever it is shown") {
    Job job = lossless_in("queued");
    job.waiting = "device edge1: all its lines\x07 are in use";
    CHECK(progress_line({.job = job}) ==
          "job 905928 queued, waits: device edge1: all its lines\\x07 are in use");
    CHECK(progress_bar({.job = job}, 40, false) == "job 905928 queued, waits: device edge..");
    CHECK(job_details(job).contains("waits for"));
    CHECK(job_table({job}, std::nullopt).contains("WAITS FOR"));
    CHECK(job_table({job}, std::nullopt).contains("device edge1: all its lines\\x07 are in use"));
    CHECK_FALSE(job_table({lossless_in("queued")}, std::nullopt).contains("WAITS FOR"));
}

TEST_CASE("the bar fills with the time and no further") {
    const Job job = lossless_in("running");
    const auto bar_at = [&job](int elapsed) {
        const std::string line =
            progress_bar({.job = job, .elapsed = milliseconds(elapsed)}, 200, false);
        return line.substr(0, line.find(']') + 11);
    };
    CHECK(bar_at(0) == "[>                                       ] 0:00/0:10");
    CHECK(bar_at(5000) == "[====================>                   ] 0:05/0:10");
    CHECK(bar_at(9999) == "[=======================================>] 0:09/0:10");
    CHECK(bar_at(10000) == "[========================================] 0:10/0:10");
    CHECK(bar_at(99000) == "[========================================] 0:10/0:10");

    Job day = job;
    day.request.duration = std::chrono::hours(24);
    CHECK(progress_bar({.job = day, .elapsed = milliseconds(3'723'000)}, 200, false)
              .contains("1:02:03/24:00:00"));
    Job instant = job;
    instant.request.duration = milliseconds(0);
    CHECK(progress_bar({.job = instant}, 200, false).contains("0:00/0:00"));
}

TEST_CASE("progress is told by the limit that is nearest") {
    Job job = lossless_in("running");
    const auto shown = [&job] {
        const Progress progress{.job = job, .elapsed = milliseconds(5000)};
        return progress_bar(progress, 200, false) + "\n" + progress_line(progress);
    };
    job.request.packets = 5000;
    job.request.bytes = 1'000'000;
    CHECK(shown() ==
          "[====================>                   ] 0:05/0:10  1,234 packets  123.5 kB  0 lost\n"
          "job 905928 running: 5 s of 10 s, 1,234 packets, 123.5 kB, 0 lost");
    job.request.packets = 1542;
    CHECK(shown() ==
          "[================================>       ] 1,234/1,542 packets  123.5 kB  0 lost\n"
          "job 905928 running: 1,234 of 1,542 packets, 123.5 kB, 0 lost");
    job.request.bytes = 130'000;
    CHECK(shown() ==
          "[=====================================>  ] 123.5 kB/130.0 kB  1,234 packets  0 lost\n"
          "job 905928 running: 1,234 packets, 123.5 kB of 130.0 kB, 0 lost");
    job.request.bytes = 1;  // the server is about to stop it
    CHECK(shown().starts_with("[========================================] 123.5 kB/1 B"));
}

TEST_CASE("a job that does not run has words in place of a bar") {
    struct Row {
        const char* state;
        const char* delivery;
        const char* bar;
        const char* line;
    };

    for (const Row& row :
         {Row{"queued", "none", "job 905928 queued", "job 905928 queued"},
          Row{"starting", "none", "job 905928 starting", "job 905928 starting"},
          Row{"running", "none", "[>            ] 0:00/0:10  1,234 packets  123.5 kB  0 lost",
              "job 905928 running: 0 s of 10 s, 1,234 packets, 123.5 kB, 0 lost"},
          Row{"stopping", "none", "job 905928 stopping  1,234 packets  123.5 kB  0 lost",
              "job 905928 stopping: 1,234 packets, 123.5 kB, 0 lost"},
          Row{"stopped", "uploading", "job 905928 stopped, delivering  1,234 packets  123.5 kB",
              "job 905928 uploading: 1,234 packets, 123.5 kB, 0 lost"},
          Row{"hovering", "none", "job 905928 hovering",
              "job 905928 hovering: 1,234 packets, 123.5 kB, 0 lost"}}) {
        CAPTURE(row.state);
        const Job job = lossless_in(row.state, row.delivery);
        CHECK(progress_bar({.job = job}, 59, false) == row.bar);
        CHECK(progress_line({.job = job}) == row.line);
    }
    CHECK(progress_line({.job = job_in("stopping")}).ends_with("12 LOST"));
}

TEST_CASE("the summary says what was captured, what was lost and where it is") {
    Job job = job_in("stopped", "delivered");
    job.stop_reason = "duration";
    CHECK(summary(job, std::nullopt, server) ==
          "job 905928 delivered\n"
          "captured   1,234 packets, 123.5 kB in 10 s (duration reached)\n"
          "LOST       12 packets: 10 in the ring (the kernel had no room), 2 in the queue (the "
          "job's memory was used up)\n"
          "object     http://127.0.0.1:5000/objects/xepacketcap/1.pcap\n"
          "open with  curl -s http://127.0.0.1:5000/objects/xepacketcap/1.pcap | tshark -r -\n");

    job = lossless_in("stopped", "delivered");
    job.stop_reason = "user";
    CHECK(summary(job, "-my file.pcap", server) ==
          "job 905928 delivered\n"
          "captured   1,234 packets, 123.5 kB in 10 s (stopped by a user)\n"
          "lost       0\n"
          "object     http://127.0.0.1:5000/objects/xepacketcap/1.pcap\n"
          "file       -my file.pcap\n"
          "open with  tshark -r ./'-my file.pcap'\n");
}

TEST_CASE("the summary of a failed job promises no object") {
    const std::string text = summary(lossless_in("stopped", "failed"), std::nullopt, server);
    CHECK(text.starts_with("job 905928 failed\n"));
    CHECK_FALSE(text.contains("object"));
    CHECK_FALSE(text.contains("open"));
}

TEST_CASE("what was lost is not known where the server was killed") {
    Job job = lossless_in("stopped", "delivered");
    CHECK(lost_text(job) == "0");
    job.stop_reason = "crash";
    CHECK(lost_text(job) == "not known");
    job.counters.disk = 1;
    CHECK(lost_text(job) == "at least 1 packet: 1 at the disk (it refused them)");
}

TEST_CASE("an object in S3 is opened through the server, which knows the credentials") {
    Job job = lossless_in("stopped", "delivered");
    job.url = "https://s3.amazonaws.com/b/1.pcap";
    CHECK(summary(job, std::nullopt, server)
              .ends_with("open with  curl -sL http://127.0.0.1:5000/api/v1/jobs/"
                         "019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77/file | tshark -r -\n"));
}

TEST_CASE("a filter is told as the arrow goes") {
    struct Row {
        const char* proto;
        const char* src;
        const char* dst;
        bool bidirectional;
        const char* text;
    };

    for (const Row& row :
         {Row{"any", "any", "any", true, "everything"}, Row{"udp", "any", "any", false, "udp"},
          Row{"tcp", "10.0.0.1", "any", true, "tcp 10.0.0.1 <-> any"},
          Row{"any", "any", "fe80::1", false, "any -> fe80::1"}}) {
        CHECK(filter_text({.proto = row.proto,
                           .src = row.src,
                           .dst = row.dst,
                           .bidirectional = row.bidirectional}) == row.text);
    }
}

TEST_CASE("the details show all that is known, one thing a line") {
    Job job = job_in("stopped", "failed");
    job.errors.push_back({.code = "store_refused", .message = "403 \x1b[2J"});
    job.object = {.bucket = "b", .key = "1.pcap", .bytes = 123456};
    job.stop_reason = "crash";
    CHECK(job_details(job) ==
          "number     905928\n"
          "id         019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77\n"
          "state      stopped\n"
          "delivery   failed\n"
          "interface  eth0\n"
          "filter     udp any <-> 10.0.0.2\n"
          "duration   10 s\n"
          "bucket     xepacketcap\n"
          "received   1,246 packets\n"
          "captured   1,234 packets, 123.5 kB in 10 s (the server was killed)\n"
          "filtered   0 packets\n"
          "LOST       at least 12 packets: 10 in the ring (the kernel had no room), 2 in the queue "
          "(the job's memory was used up)\n"
          "created    2026-11-23 08:15:30 UTC\n"
          "started    2026-11-23 08:15:30 UTC\n"
          "stopped    2026-11-23 08:15:40 UTC\n"
          "url        http://127.0.0.1:5000/objects/xepacketcap/1.pcap\n"
          "object     b/1.pcap, 123,456 bytes\n"
          "ERROR      403 \\x1b[2J (store_refused)\n");
}

TEST_CASE("the details show what was asked for, as far as it was") {
    Job job = job_in("stopped", "delivered");
    job.request = {.interfaces = {"eth0", "eth1"},
                   .proto = "udp",
                   .src = "any",
                   .dst = "any",
                   .filter = "port 53",
                   .direction = "in",
                   .snaplen = 128,
                   .duration = std::chrono::hours(1),
                   .packets = 5000,
                   .bytes = 10'485'760,
                   .segment_bytes = 65'536,
                   .segment_duration = std::chrono::minutes(1),
                   .segments_kept = 10,
                   .format = "pcapng",
                   .bucket = "b",
                   .by = "alice",
                   .comment = "slow DNS"};
    job.objects = {
        {.url = "http://a/1-0001.pcapng", .frames = 12, .bytes = 3456, .delivery = "delivered"}};
    const std::string shown = job_details(job);
    CHECK(
        shown.contains("interface  eth0, eth1\n"
                       "filter     udp and (port 53), in\n"
                       "snaplen    128 bytes of each packet\n"
                       "duration   1 h\n"
                       "at most    5,000 packets\n"
                       "at most    10,485,760 bytes\n"
                       "segments   of 65,536 bytes or 1 min, the last 10 kept\n"
                       "format     pcapng\n"
                       "bucket     b\n"
                       "by         alice\n"
                       "comment    slow DNS\n"));
    CHECK(
        shown.contains("object     http://a/1-0001.pcapng, 12 packets, 3,456 bytes, delivered\n"));
    const std::string told = summary(job, std::nullopt, server);
    CHECK(told.contains("objects    1 in all, the first http://a/1-0001.pcapng\n"));
    CHECK_FALSE(told.contains("open with"));
}

TEST_CASE("the details show what a device was asked for") {
    Job job = job_in("running", "none");
    job.request = {.device = "edge1",
                   .interfaces = {"Gi1"},
                   .proto = "udp",
                   .src = "10.0.0.0/8",
                   .dst = "any",
                   .src_port = 1024,
                   .dst_port = 53,
                   .direction = "both",
                   .buffer_mib = 50,
                   .circular = true,
                   .packets_per_second = 5000,
                   .duration = std::chrono::minutes(1)};
    CHECK(
        job_details(job).contains("device     edge1\n"
                                  "interface  Gi1\n"
                                  "filter     udp 10.0.0.0/8 <-> any, from port 1024, to port 53\n"
                                  "buffer     50 MiB on the device\n"
                                  "keeps      the last packets that fit into the buffer\n"
                                  "at most    5,000 packets a second\n"
                                  "duration   1 min\n"));
}

TEST_CASE("no text of the server reaches a terminal as a command") {
    const std::string evil = "\x1b[2J\xc2\x9b\n";
    Job job = job_in("stopped", "delivered");
    job.id = job.state = job.delivery = job.stop_reason = job.url = job.created_at = evil;
    job.started_at = job.stopped_at = job.delivered_at = evil;
    job.number = 0;
    job.request = {.device = evil,
                   .interfaces = {evil, evil},
                   .proto = evil,
                   .src = evil,
                   .dst = evil,
                   .filter = evil,
                   .direction = evil,
                   .format = evil,
                   .bucket = evil,
                   .by = evil,
                   .comment = evil};
    job.objects = {{.url = evil, .delivery = evil}};
    job.object = {.bucket = evil, .key = evil};
    job.errors.push_back({.code = evil, .message = evil});
    for (const std::string& shown :
         {job_details(job), summary(job, evil, server), job_table({job}, std::nullopt),
          job_table({job}, 60), progress_line({.job = job}),
          progress_bar({.job = job}, 80, false)}) {
        CHECK_FALSE(shown.contains('\x1b'));
        CHECK_FALSE(shown.contains("\xc2\x9b"));
    }
    CHECK(job_table({job}, std::nullopt).find('\n', 0) < job_table({job}, std::nullopt).size());
}

TEST_CASE("the table of jobs is as wide as the terminal lets it be") {
    Job running = lossless_in("running");
    running.request.duration = std::chrono::minutes(90);
    Job lossy = job_in("stopped", "delivered");
    lossy.number = 123456;
    lossy.request = {.interfaces = {"GigabitEthernet0/0/1"},
                     .proto = "any",
                     .src = "any",
                     .dst = "any",
                     .duration = milliseconds(500)};
    const std::vector<Job> jobs{running, lossy};
    CHECK(job_table(jobs, std::nullopt) ==
          "NUMBER  STATE      INTERFACE             FILTER                  DURATION  PACKETS  LOST"
          "      SIZE  CREATED (UTC)\n"
          "905928  running    eth0                  udp any <-> 10.0.0.2  1 h 30 min    1,234     0"
          "  123.5 kB  2026-11-23 08:15:30\n"
          "123456  delivered  GigabitEthernet0/0/1  everything                 0.5 s    1,234    12"
          "  123.5 kB  2026-11-23 08:15:30\n");
    CHECK(job_table(jobs, 60) ==
          "NUMBER  STATE      INTERFACE       FILTER      PACKETS  LOST\n"
          "905928  running    eth0            udp any ..    1,234     0\n"
          "123456  delivered  GigabitEther..  everything    1,234    12\n");
    for (std::size_t width = 45; width < 130; ++width) {
        CAPTURE(width);
        const std::string table = job_table(jobs, width);
        for (const auto line : base::split(table, '\n'))
            CHECK(columns(line) <= width);
        CHECK(table.contains("  LOST"));
        CHECK(table.contains("    12"));
    }
    CHECK(job_table({}, 80) ==
          "NUMBER  STATE  INTERFACE  FILTER  DURATION  PACKETS  LOST  SIZE  CREATED (UTC)\n");
}

}  // namespace xpc::cli
