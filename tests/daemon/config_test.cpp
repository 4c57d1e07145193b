#include "daemon/config.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "daemon/config_keys.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc;
using namespace xpc::daemon;
using namespace std::chrono_literals;

namespace {

Environment environment_of(std::map<std::string, std::string> variables) {
    return [variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

const Environment nothing = environment_of({});

}  // namespace

TEST_CASE("without a file everything has a default") {
    const auto config = parse_config("", "x.toml", nothing);
    REQUIRE(config);
    CHECK(config->server.host == "127.0.0.1");
    CHECK(config->server.port == 5000);
    CHECK(config->server.data_dir.is_absolute());
    CHECK(config->capture.memory_bytes == 64U << 20U);
    CHECK(config->jobs.max_duration == 24h);
}

TEST_CASE("a file sets every key") {
    const auto config = parse_config(R"(
data_dir = "/srv/top"
[server]
listen = "[::1]:6000"
data_dir = "/srv/captures"
public_url = "https://pcap.example"
[jobs]
max_duration = "10m"
max_running = 3
max_queued = 7
[capture]
memory = "16 MiB"
snaplen = 128
precision = "us"
[s3]
endpoint = "http://127.0.0.1:7480"
region = "eu-central-1"
path_style = true
part_size = "16MiB"
ca_file = "/etc/ca.pem"
[log]
level = "debug"
)",
                                     "x.toml", nothing);
    if (!config) FAIL(config.error().message);
    CHECK(config->server.host == "::1");
    CHECK(config->server.port == 6000);
    CHECK(config->server.data_dir == "/srv/captures");
    CHECK(config->jobs.max_duration == 10min);
    CHECK(config->jobs.max_running == 3);
    CHECK(config->capture.memory_bytes == 16U << 20U);
    CHECK(config->capture.snaplen == 128);
    CHECK(config->capture.classic_format == pcap::FileFormat::pcap_microseconds);
    CHECK(config->s3.endpoint == "http://127.0.0.1:7480");
    CHECK(config->s3.path_style == true);
    CHECK(config->s3.part_bytes == 16U << 20U);
    CHECK(config->log.level == base::Severity::debug);
}

TEST_CASE("what is wrong in a file is named with file, line and key") {
    struct Row {
        const char* toml;
        std::string where;
    };

    const auto rows = std::to_array<Row>({
        {"[server]\nlistne = \"x\"", "x.toml:2: server.listne: there is no such key"},
        {"\n\n[sever]\nlisten = \"x\"", "x.toml:3: sever: there is no such key"},
        {"listen = \"127.0.0.1:1\"", "x.toml:1: listen: there is no such key"},
        {"[server]\nlisten = \"5000\"", "x.toml:2: server.listen: must be ADDRESS:PORT"},
        {"[server]\nlisten = 5000", "x.toml:2: server.listen: must be ADDRESS:PORT"},
        {"[server]\nlisten = \"127.0.0.1:70000\"", "x.toml:2: server.listen: must be"},
        {"[server]\nlisten = \"host.example:5000\"", "x.toml:2: server.listen: must be"},
        {"[server]\ndata_dir = \"relative\"",
         "x.toml:2: server.data_dir: must be an absolute path"},
        {"[server]\ninsecure = \"yes\"", "x.toml:2: server.insecure: must be true or false"},
        {"[server]\npublic_url = \"ftp://x\"", "x.toml:2: server.public_url: must be"},
        {"[jobs]\nmax_running = 0", "x.toml:2: jobs.max_running: must be a number from 1"},
        {"[jobs]\nmax_duration = \"soon\"", "x.toml:2: jobs.max_duration: "},
        {"[capture]\nmemory = \"1 MiB\"", "x.toml:2: capture.memory: must be from"},
        {"[capture]\nmemory = \"lots\"", "x.toml:2: capture.memory: must be a size"},
        {"[capture]\nsnaplen = 0", "x.toml:2: capture.snaplen: must be"},
        {"[capture]\nprecision = \"ms\"", "x.toml:2: capture.precision: must be ns or us"},
        {"[capture]\nsnaplen = [1]", "x.toml:2: capture.snaplen: must be a string"},
        {"[log]\nlevel = \"loud\"", "x.toml:2: log.level: must be"},
        {"[server\nlisten", "x.toml:1: "},
        {"a = 1\na = 2", "x.toml:"},
        {"\n[jo\x0e]", "x.toml:2: "},
        {"[,server]", "x.toml: is not TOML"},
        {"# \xc3\xa9 is fine here\n\xc3\xa9 = 1", "x.toml:2: has a character that is no ASCII"},
        {"a = \"\xc3\xa9\"", "x.toml:1: has a character that is no ASCII"},
    });
    for (const Row& row : rows) {
        CAPTURE(row.toml);
        const auto config = parse_config(row.toml, "x.toml", nothing);
        REQUIRE_FALSE(config);
        CAPTURE(config.error().message);
        CHECK(config.error().errc == base::Errc::config);
        CHECK(config.error().message.starts_with(row.where));
    }
}

TEST_CASE("the environment goes before the file, and is named where it is wrong") {
    const auto config = parse_config("[server]\nlisten = \"127.0.0.1:1\"", "x.toml",
                                     environment_of({{"XEPACKETCAP_SERVER_LISTEN", "127.0.0.1:2"},
                                                     {"XEPACKETCAP_CAPTURE_MEMORY", "32 MiB"}}));
    REQUIRE(config);
    CHECK(config->server.port == 2);
    CHECK(config->capture.memory_bytes == 32U << 20U);
    const auto wrong =
        parse_config("", "x.toml", environment_of({{"XEPACKETCAP_JOBS_MAX_RUNNING", "x"}}));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.starts_with("XEPACKETCAP_JOBS_MAX_RUNNING: must be"));
}

TEST_CASE("the command line goes before everything") {
    const tests::ScratchFolder folder;
    const auto file = folder.file("c.toml", "[server]\nlisten = \"127.0.0.1:1\"\n");
    const auto config =
        load_config({.config_file = file, .listen = "127.0.0.1:3", .data_dir = "/x"},
                    environment_of({{"XEPACKETCAP_SERVER_LISTEN", "127.0.0.1:2"}}));
    REQUIRE(config);
    CHECK(config->server.port == 3);
    CHECK(config->server.data_dir == "/x");
    const auto wrong = load_config({.config_file = file, .listen = "x", .data_dir = {}}, nothing);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.starts_with("--listen: "));
    const auto missing =
        load_config({.config_file = "/no/such/file.toml", .listen = {}, .data_dir = {}}, nothing);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message == "configuration /no/such/file.toml: No such file or directory");
}

TEST_CASE("an address that others can reach needs a word of consent") {
    for (const auto* listen : {"0.0.0.0:5000", "[::]:5000", "192.0.2.1:5000"}) {
        CAPTURE(listen);
        const std::string toml = std::string("[server]\nlisten = \"") + listen + "\"\n";
        const auto refused = parse_config(toml, "x.toml", nothing);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.contains("server.insecure"));
        CHECK(parse_config(toml + "insecure = true\n", "x.toml", nothing));
    }
}

TEST_CASE("a device has the keys of its table, and defaults for the others") {
    const auto config = parse_config(R"(
[[device]]
name = "edge1"
host = "192.0.2.1"
port = 2222
user = "capture"
password = "sesame"
enable_password = "open"
key_file = "/etc/id"
known_hosts = "/etc/hosts"
fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrrAXZ5nQPyO8QDQ9dOb9N1E"
old_algorithms = true
captures = 1
export_to = "bootflash:guest-share/"
mount = "/bootflash/guest-share"
mark = "AB"
timeout = "1 min"
[[device]]
name = "own"
engine = "iosxe"
way = "dohost"
)",
                                     "x.toml", nothing);
    REQUIRE(config);
    REQUIRE(config->devices.size() == 2);
    const capture::DeviceSettings& edge = config->devices[0];
    CHECK(edge.name == "edge1");
    CHECK(edge.way == capture::Way::ssh);
    CHECK(edge.host == "192.0.2.1");
    CHECK(edge.port == 2222);
    CHECK(edge.user == "capture");
    CHECK(edge.password == "sesame");
    CHECK(edge.enable_password == "open");
    CHECK(edge.key_file == "/etc/id");
    CHECK(edge.known_hosts == "/etc/hosts");
    CHECK(edge.fingerprint.starts_with("SHA256:"));
    CHECK(edge.old_algorithms);
    CHECK(edge.most_captures == 1);
    CHECK(edge.export_to == "bootflash:guest-share/");
    CHECK(edge.mount == "/bootflash/guest-share");
    CHECK(edge.mark == "AB");
    CHECK(edge.timeout == 1min);
    const capture::DeviceSettings& own = config->devices[1];
    CHECK(own.way == capture::Way::dohost);
    CHECK(own.mark == "XP");
    CHECK(own.timeout == 30s);
    CHECK_FALSE(own.old_algorithms);
}

TEST_CASE("a secret in the environment goes before the one in the file") {
    const auto config = parse_config(
        "[[device]]\nname = 'edge-1'\nhost = 'h'\nuser = 'u'\npassword = 'old'\n", "x.toml",
        environment_of({{"XEPACKETCAP_DEVICE_EDGE_1_PASSWORD", "new"},
                        {"XEPACKETCAP_DEVICE_EDGE_1_ENABLE_PASSWORD", "more"},
                        {"XEPACKETCAP_DEVICE_EDGE_1_HOST", "elsewhere"}}));
    REQUIRE(config);
    CHECK(config->devices.front().password == "new");
    CHECK(config->devices.front().enable_password == "more");
    CHECK(config->devices.front().host == "h");
}

TEST_CASE("the original API captures from the device of its guestshell, else from this host") {
    const std::string own = "[[device]]\nname = 'own'\nway = 'dohost'\n";
    CHECK(parse_config("", "x.toml", nothing)->legacy.device == "local");
    CHECK(parse_config(own, "x.toml", nothing)->legacy.device == "own");
    CHECK(parse_config(own + "[legacy]\ndevice = 'local'\n", "x.toml", nothing)->legacy.device ==
          "local");
}
