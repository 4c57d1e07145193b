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
        {"[log]\nformat = \"xml\"", "x.toml:2: log.format: must be auto, text, json or journald"},
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

TEST_CASE("a key that takes several has a list, or words with commas between them") {
    const auto config = parse_config(R"(
[server]
names = ["capture.example.org", "192.0.2.1"]
require_token = true
[legacy]
allow_from = ["192.0.2.0/24", "2001:db8::1"]
buckets = "captures"
max_duration = "10 min"
)",
                                     "x.toml", nothing);
    REQUIRE(config);
    CHECK(config->server.names == std::vector<std::string>{"capture.example.org", "192.0.2.1"});
    CHECK(config->server.require_token == true);
    REQUIRE(config->legacy.allow_from);
    CHECK(config->legacy.allow_from->size() == 2);
    CHECK(config->legacy.limits.buckets == std::vector<std::string>{"captures"});
    CHECK(config->legacy.limits.duration == 10min);
    CHECK(config->legacy.limits.devices.empty());
    const auto none = parse_config("[legacy]\nallow_from = []\n", "x.toml", nothing);
    REQUIRE(none);
    CHECK(none->legacy.allow_from.value().empty());
    for (const char* wrong :
         {"[server]\nnames = [1]", "[server]\nnames = 1", "[server]\nnames = [\"a b\"]",
          "[server]\nnames = [\"a:5000\"]", "[legacy]\nallow_from = [\"10.0.0.1/8\"]",
          "[legacy]\nbuckets = []", "[server]\nlisten = [\"127.0.0.1:1\"]"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_config(wrong, "x.toml", nothing));
    }
}

TEST_CASE("a client's certificate has the keys of its table, and TLS what belongs together") {
    const std::string tls = "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\nclient_ca = \"/a\"\n";
    const auto config = parse_config(tls + R"([[tls.client]]
subject = "CN=bot,O=Example"
scopes = ["jobs:read", "files:read"]
buckets = ["b"]
max_bytes = "1 MiB"
filter = "port 53"
)",
                                     "x.toml", nothing);
    REQUIRE(config);
    REQUIRE(config->tls_clients.size() == 1);
    const TlsClient& client = config->tls_clients.front();
    CHECK(client.subject == "CN=bot,O=Example");
    CHECK(client.scopes == std::vector{job::Scope::jobs_read, job::Scope::files_read});
    CHECK(client.limits ==
          job::JobLimits{.buckets = {"b"}, .bytes = std::uint64_t{1} << 20U, .filter = "port 53"});

    struct Row {
        std::string toml;
        const char* message;
    };

    for (const Row& row :
         {Row{"[tls]\nkey = \"/k\"\n", "tls.key: needs tls.certificate, too"},
          Row{"[tls]\ncertificate = \"/c\"\n", "tls.certificate: needs tls.key, too"},
          Row{"[tls]\nclient_ca = \"/a\"\n", "tls.client_ca: needs tls.certificate, too"},
          Row{"[[tls.client]]\nsubject = \"CN=a\"\nscopes = [\"admin\"]\n",
              "tls.client: needs tls.client_ca, too"},
          Row{tls + "[[tls.client]]\nscopes = [\"admin\"]\n",
              "x.toml:5: tls.client.subject: is required"},
          Row{tls + "[[tls.client]]\nsubject = \"CN=a\"\n",
              "x.toml:5: tls.client.scopes: is required"},
          Row{tls + "[[tls.client]]\nsubject = \"bot\"\n", "x.toml:6: tls.client.subject: must"},
          Row{tls + "[[tls.client]]\nscopes = [\"all\"]\n", "x.toml:6: tls.client.scopes: must"},
          Row{tls + "[[tls.client]]\nfilter = \"a) or (b\"\n", "x.toml:6: tls.client.filter"},
          Row{tls + "[[tls.client]]\nname = \"a\"\n",
              "x.toml:6: tls.client.name: there is no such key"},
          Row{"[tls]\nclient = 1\n", "x.toml:2: tls.client: must be [[tls.client]]"}}) {
        CAPTURE(row.toml);
        const auto refused = parse_config(row.toml, "x.toml", nothing);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.starts_with(row.message));
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
fingerprint = "SHA256:k8IRltgLVVKj4He1XCiF47TiJ33EpkP/tOw2EdR55w8"
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
