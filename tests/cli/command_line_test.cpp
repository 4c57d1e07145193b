#include "cli/command_line.hpp"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace xpc::cli {
namespace {

[[nodiscard]] base::Result<Invocation> parsed(const std::vector<const char*>& words,
                                              const std::optional<std::string>& server = {}) {
    std::vector<const char*> arguments{"xepacketcap"};
    for (const char* word : words)
        arguments.push_back(word);
    const Environment environment = [&server](const std::string& name) {
        return name == "XEPACKETCAP_SERVER" ? server : std::nullopt;
    };
    return parse(static_cast<int>(arguments.size()), arguments.data(), environment);
}

template <typename Command>
Command command(const std::vector<const char*>& words,
                const std::optional<std::string>& server = {}) {
    auto invocation = parsed(words, server);
    REQUIRE_MESSAGE(invocation, invocation.error().message);
    REQUIRE(std::holds_alternative<Command>(*invocation));
    return std::get<Command>(*invocation);
}

}  // namespace

TEST_CASE("a capture without options leaves everything to the server's defaults") {
    const auto capture = command<Capture>({"capture", "eth0"});
    CHECK(capture.interfaces == std::vector<std::string>{"eth0"});
    CHECK_FALSE(capture.by);
    CHECK_FALSE(capture.proto);
    CHECK_FALSE(capture.src);
    CHECK_FALSE(capture.dst);
    CHECK_FALSE(capture.duration);
    CHECK_FALSE(capture.bucket);
    CHECK_FALSE(capture.output_file);
    CHECK(capture.bidirectional);
    CHECK_FALSE(capture.json);
    CHECK_FALSE(capture.overwrite);
    CHECK(capture.server == default_server);
}

TEST_CASE("a capture takes every option in its short and its long form") {
    const std::vector<std::vector<const char*>> forms{
        {"capture", "any", "--proto", "udp", "--src", "fe80::1", "--dst", "fe80::2", "--duration",
         "10m", "--bucket", "s3://b-1", "--one-way", "--write", "-", "--force"},
        {"capture", "-p", "udp", "-s", "fe80::1", "--dst=fe80::2", "-d10m", "-b", "s3://b-1",
         "--one-way", "-f", "-w", "-", "any"}};
    for (const auto& words : forms) {
        const auto capture = command<Capture>(words);
        CHECK(capture.interfaces == std::vector<std::string>{"any"});
        CHECK(capture.proto == "udp");
        CHECK(capture.src == "fe80::1");
        CHECK(capture.dst == "fe80::2");
        CHECK(capture.duration == "10m");
        CHECK(capture.bucket == "s3://b-1");
        CHECK(capture.output_file == standard_output);
        CHECK(capture.overwrite);
        CHECK_FALSE(capture.bidirectional);
    }
}

TEST_CASE("a capture takes limits, and interfaces one by one") {
    const auto capture = command<Capture>({"capture",
                                           "eth0",
                                           "-i",
                                           "eth1",
                                           "--interface",
                                           "eth2",
                                           "--filter",
                                           "port 53",
                                           "--direction",
                                           "in",
                                           "--snaplen",
                                           "128",
                                           "-c",
                                           "1000",
                                           "--bytes",
                                           "10 MiB",
                                           "--segment-bytes",
                                           "1MB",
                                           "--segment-duration",
                                           "1m",
                                           "--keep",
                                           "10",
                                           "--format",
                                           "pcapng",
                                           "--by",
                                           "alice",
                                           "--comment",
                                           "slow DNS"});
    CHECK(capture.interfaces == std::vector<std::string>{"eth0", "eth1", "eth2"});
    CHECK(capture.filter == "port 53");
    CHECK(capture.direction == "in");
    CHECK(capture.snaplen == "128");
    CHECK(capture.packets == "1000");
    CHECK(capture.bytes == "10 MiB");
    CHECK(capture.segment_bytes == "1MB");
    CHECK(capture.segment_duration == "1m");
    CHECK(capture.keep == "10");
    CHECK(capture.format == "pcapng");
    CHECK(capture.by == "alice");
    CHECK(capture.comment == "slow DNS");
    CHECK(command<Capture>({"capture", "-i", "eth1"}).interfaces.front() == "eth1");
}

TEST_CASE("a capture takes ports, and what only a device can do") {
    const auto capture =
        command<Capture>({"capture", "Gi1", "--device", "edge1", "--proto", "udp", "--src",
                          "10.0.0.0/8", "--src-port", "1024", "--dst-port", "53", "--buffer", "50",
                          "--circular", "--pps", "5000"});
    CHECK(capture.device == "edge1");
    CHECK(capture.src == "10.0.0.0/8");
    CHECK(capture.src_port == "1024");
    CHECK(capture.dst_port == "53");
    CHECK(capture.buffer == "50");
    CHECK(capture.circular);
    CHECK(capture.pps == "5000");
    CHECK_FALSE(command<Capture>({"capture", "eth0"}).circular);
    CHECK(command<Show>({"show", "905928", "--transcript"}).transcript);
}

TEST_CASE("a worker has its time, and the applet that is printed the same") {
    const auto work = command<Work>({"work", "--once"});
    CHECK(work.longest == std::chrono::seconds(840));
    CHECK_FALSE(work.config_file);
    CHECK(command<PrintEem>({"print-eem"}).longest == work.longest);
    CHECK(command<Work>({"work", "--once", "--for", "5m", "-c", "a.toml"}).longest ==
          std::chrono::minutes(5));
    const auto eem =
        command<PrintEem>({"print-eem", "--for", "90", "--program", "/p", "--config", "/c.toml"});
    CHECK(eem.longest == std::chrono::seconds(90));
    CHECK(eem.program == "/p");
    CHECK(eem.config_file == "/c.toml");
    const auto print = command<PrintIosxeConfig>(
        {"print-iosxe-config", "--catalyst", "--vlan", "100", "--guest", "10.1.100.5/24",
         "--outside", "Gi1", "--name-server", "192.0.2.53", "--device", "own", "-c", "a.toml"});
    CHECK(print.catalyst);
    CHECK(print.vlan == "100");
    CHECK(print.guest == "10.1.100.5/24");
    CHECK(print.outside == "Gi1");
    CHECK(print.name_server == "192.0.2.53");
    CHECK(print.device == "own");
    CHECK(print.config_file == "a.toml");
}

TEST_CASE("the other commands carry what they were given") {
    const auto list =
        command<List>({"list", "-n", "5", "--state", "running", "--delivery", "none"});
    CHECK(list.limit == 5U);
    CHECK(list.state == "running");
    CHECK(list.delivery == "none");
    CHECK_FALSE(list.json);
    CHECK(command<List>({"list", "--json"}).json);
    CHECK(command<Show>({"show", "905928"}).id == "905928");
    CHECK(command<StopJob>({"stop", "019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77", "--json"}).json);
    CHECK(command<DeleteJob>({"delete", "905928"}).id == "905928");

    const auto serve = command<Serve>({"serve", "-c", "a.toml", "--listen", "[::1]:5000",
                                       "--data-dir", "/tmp/x", "--check-config"});
    CHECK(serve.config_file == "a.toml");
    CHECK(serve.listen == "[::1]:5000");
    CHECK(serve.data_dir == "/tmp/x");
    CHECK(serve.check_config);
}

TEST_CASE("a list takes what it is to be of, and a capture whether it is only to be looked at") {
    const auto list =
        command<List>({"list", "--device", "edge1", "-i", "Gi1", "--by", "alice", "--after",
                       "2026-11-23T08:15:30Z", "--before", "2026-11-24T00:00:00Z", "--all"});
    CHECK(list.device == "edge1");
    CHECK(list.interface == "Gi1");
    CHECK(list.by == "alice");
    CHECK(list.after == "2026-11-23T08:15:30Z");
    CHECK(list.before == "2026-11-24T00:00:00Z");
    CHECK(list.all);
    CHECK(command<Capture>({"capture", "eth0", "--dry-run"}).dry_run);
    const auto extend = command<ExtendJob>({"extend", "905928", "10m"});
    CHECK(extend.id == "905928");
    CHECK(extend.duration == "10m");
}

TEST_CASE("the server comes from the option, else from the environment, else is the default") {
    CHECK(command<List>({"list"}).server == "http://127.0.0.1:5000");
    CHECK(command<List>({"list"}, "").server == "http://127.0.0.1:5000");
    CHECK(command<List>({"list"}, "https://a.example/").server == "https://a.example");
    CHECK(command<List>({"list", "--server", "http://b:1"}, "https://a").server == "http://b:1");
    CHECK(command<Capture>({"capture", "x"}, "http://[::1]:5001").server == "http://[::1]:5001");

    const auto refused = parsed({"list"}, "nonsense");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("XEPACKETCAP_SERVER"));
}

TEST_CASE("a command line that cannot be meant is refused with the option's name") {
    struct Row {
        std::vector<const char*> words;
        std::string named;
    };

    const std::vector<Row> rows{{{"frobnicate"}, "frobnicate"},
                                {{"--frobnicate"}, "--frobnicate"},
                                {{"capture"}, "INTERFACE"},
                                {{"capture", ""}, "INTERFACE"},
                                {{"capture", "eth0", "eth1"}, "eth1"},
                                {{"capture", "eth0", "--nonsense"}, "--nonsense"},
                                {{"capture", "eth0", "--duration", "soon"}, "--duration"},
                                {{"capture", "eth0", "--duration", "0"}, "--duration"},
                                {{"capture", "eth0", "-d", "-5"}, "--duration"},
                                {{"capture", "eth0", "--duration"}, "--duration"},
                                {{"capture", "eth0", "--src", "a", "--src", "b"}, "--src"},
                                {{"capture", "eth0", "--bucket", ""}, "--bucket"},
                                {{"capture", "-i", ""}, "--interface"},
                                {{"capture", "-i", "eth0", "eth1", "eth2"}, "eth2"},
                                {{"capture", "eth0", "--packets", "0"}, "--packets"},
                                {{"capture", "eth0", "-c", "-1"}, "--packets"},
                                {{"capture", "eth0", "--snaplen", "x"}, "--snaplen"},
                                {{"capture", "eth0", "--bytes", "10 parsecs"}, "--bytes"},
                                {{"capture", "eth0", "--direction", "up"}, "--direction"},
                                {{"capture", "eth0", "--format", "erf"}, "--format"},
                                {{"capture", "eth0", "--keep", "3"}, "--keep"},
                                {{"capture", "eth0", "--segment-duration", "1m", "-w", "x"}, "-w"},
                                {{"capture", "eth0", "--json", "-w", "-"}, "--json"},
                                {{"capture", "eth0", "--server", "localhost:5000"}, "--server"},
                                {{"list", "--limit", "0"}, "--limit"},
                                {{"list", "--limit", "1001"}, "--limit"},
                                {{"list", "--limit", "many"}, "--limit"},
                                {{"list", "--state", "asleep"}, "--state"},
                                {{"list", "--delivery", "lost"}, "--delivery"},
                                {{"capture", "eth0", "--dry-run", "-w", "a.pcap"}, "-w"},
                                {{"capture", "eth0", "--dst-port", "http"}, "--dst-port"},
                                {{"capture", "eth0", "--buffer", "1 MiB"}, "--buffer"},
                                {{"show", "1", "--json", "--transcript"}, "--transcript"},
                                {{"show"}, "JOB"},
                                {{"show", ""}, "JOB"},
                                {{"show", ".."}, "JOB"},
                                {{"stop", "1/../2"}, "JOB"},
                                {{"delete", "1?x=y"}, "JOB"},
                                {{"serve", "--listen", ""}, "--listen"}};
    for (const Row& row : rows) {
        CAPTURE(row.words.back());
        const auto refused = parsed(row.words);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errc == base::Errc::usage);
        CAPTURE(refused.error().message);
        CHECK(refused.error().message.contains(row.named));
    }
}

TEST_CASE("a server that is no plain http URL is refused") {
    for (const char* url : {"ftp://a", "http://", "http:///", "https://a/b", "http://a:0",
                            "http://a:65536", "http://a:", "http://a:5000x", "http://user@a",
                            "http://a b", "http://[::1", "//a", "a", "http://a?x", "http://a\n"}) {
        CAPTURE(url);
        CHECK_FALSE(parsed({"list", "--server", url}));
    }
}

TEST_CASE("help shows examples and exit codes, and nothing at all is a mistake") {
    const auto help = command<Text>({"--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.text.contains("Exit codes"));
    CHECK(help.text.contains("130"));
    const auto capture_help = command<Text>({"capture", "--help"});
    CHECK(capture_help.text.contains("Examples"));
    CHECK(capture_help.text.contains("wireshark"));
    CHECK(command<Text>({"--version"}).text == "xepacketcap " XPC_VERSION "\n");
    const auto nothing = command<Text>({});
    CHECK(nothing.exit_code == 2);
    CHECK(nothing.text == help.text);
}

}  // namespace xpc::cli
