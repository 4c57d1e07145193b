// What print-eem and print-iosxe-config print, against files that people have looked at.

#include "daemon/iosxe_config.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

using namespace xpc;
using namespace xpc::daemon;
using namespace std::chrono_literals;

namespace {

std::string golden(const char* name) {
    std::ifstream file(std::string(XPC_TESTS_DIR "/golden/iosxe/") + name);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

GuestshellPlan router() {
    return {.outside = "GigabitEthernet1",
            .name_server = "192.0.2.53",
            .listen_host = "127.0.0.1",
            .listen_port = 5000};
}

GuestshellPlan catalyst() {
    return {.family = Family::catalyst,
            .guest = "10.1.100.5/24",
            .vlan = 100,
            .listen_host = "127.0.0.1",
            .listen_port = 5000};
}

}  // namespace

TEST_CASE("the applet gives a worker a minute more than the worker takes") {
    CHECK(applet_config({.longest = 840s}) == golden("print_eem.txt"));
    CHECK(applet_config({.program = "/home/guestshell/bin/xepacketcap",
                         .config_file = "/home/guestshell/xepacketcap.toml",
                         .longest = 300s}) == golden("print_eem_5_minutes.txt"));
}

TEST_CASE("the configuration of a router has the guestshell, and the way to its server") {
    CHECK(guestshell_config(router()) == golden("print_router.txt"));
    GuestshellPlan reached = router();
    reached.listen_host = "192.168.99.2";
    reached.listen_port = 8080;
    CHECK(guestshell_config(reached) == golden("print_router_reached.txt"));
    GuestshellPlan closed = router();
    closed.outside.clear();
    closed.guest = "10.255.0.6/30";
    const auto printed = guestshell_config(closed);
    REQUIRE(printed);
    CHECK(printed->contains(" ip address 10.255.0.5 255.255.255.252\n"));
    CHECK_FALSE(printed->contains(" nat "));
}

TEST_CASE("the configuration of a Catalyst adds its VLAN, and leaves those of others") {
    CHECK(guestshell_config(catalyst()) == golden("print_catalyst.txt"));
}

TEST_CASE("a device reached by SSH needs an SCP server where no folder of it is mounted") {
    capture::DeviceSettings device{
        .name = "edge1", .host = "192.0.2.1", .user = "capture", .password = "sesame"};
    CHECK(ssh_config(device) == golden("print_ssh.txt"));
    device.mount = "/bootflash/guest-share";
    CHECK_FALSE(ssh_config(device).contains("scp"));
    CHECK(ssh_config(device).contains("privilege 15, of its own or by enable"));
    CHECK_FALSE(ssh_config(device).contains("sesame"));
}

TEST_CASE("nothing that could mean something else to IOS is printed") {
    for (const std::string word :
         {"", "relative", "/a b", "/a\nreload", "/a?", "/a|b", "/a;b", "/a\"b", "/caf\xc3\xa9"}) {
        CAPTURE(word);
        CHECK(applet_config({.program = word, .longest = 840s}).error().field == "--program");
        if (word.empty()) continue;
        CHECK(applet_config({.config_file = word, .longest = 840s}).error().field == "--config");
    }

    struct Row {
        const char* field;
        void (*spoil)(GuestshellPlan&);
    };

    for (const Row& row : std::to_array<Row>({
             {"--outside", [](GuestshellPlan& p) { p.outside = "Gi1\nreload"; }},
             {"--outside", [](GuestshellPlan& p) { p.outside = "Gi1 ?"; }},
             {"--outside", [](GuestshellPlan& p) { p.outside = "", p.listen_host = "0.0.0.0"; }},
             {"--name-server", [](GuestshellPlan& p) { p.name_server = "dns.example"; }},
             {"--name-server", [](GuestshellPlan& p) { p.name_server = "1.2.3"; }},
             {"--guest", [](GuestshellPlan& p) { p.guest = "192.168.99.2"; }},
             {"--guest", [](GuestshellPlan& p) { p.guest = "192.168.99.0/24"; }},
             {"--guest", [](GuestshellPlan& p) { p.guest = "192.168.99.1/24"; }},
             {"--guest", [](GuestshellPlan& p) { p.guest = "192.168.99.255/24"; }},
             {"--guest", [](GuestshellPlan& p) { p.guest = "192.168.99.2/31"; }},
             {"--guest", [](GuestshellPlan& p) { p.guest = "2001:db8::2/64"; }},
             {"--vlan", [](GuestshellPlan& p) { p.family = Family::catalyst, p.vlan = 0; }},
             {"--vlan", [](GuestshellPlan& p) { p.family = Family::catalyst, p.vlan = 4095; }},
         })) {
        CAPTURE(row.field);
        GuestshellPlan plan = router();
        row.spoil(plan);
        const auto printed = guestshell_config(plan);
        REQUIRE_FALSE(printed);
        CHECK(printed.error().field == row.field);
        CHECK(printed.error().errc == base::Errc::usage);
    }
}

TEST_CASE("the device that is meant is the one by dohost, or the only one") {
    Config config;
    CHECK_FALSE(chosen_device(config, std::nullopt));
    config.devices = {{.name = "edge1"}};
    CHECK(chosen_device(config, std::nullopt)->name == "edge1");
    config.devices.push_back({.name = "edge2"});
    CHECK(chosen_device(config, std::nullopt).error().field == "--device");
    CHECK(chosen_device(config, "edge2")->name == "edge2");
    CHECK_FALSE(chosen_device(config, "edge3"));
    config.devices.push_back({.name = "own", .way = capture::Way::dohost});
    CHECK(chosen_device(config, std::nullopt)->name == "own");
}
