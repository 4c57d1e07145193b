#include "capture/ios_xe/epc_output.hpp"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "capture/ios_xe/dohost_cli.hpp"

using namespace xpc;
using namespace xpc::capture::ios_xe;

namespace {

std::string golden(const char* name) {
    std::ifstream file(std::string(XPC_TESTS_DIR "/golden/iosxe/") + name);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a capture is read from what routers and switches show of it") {
    const auto filtered = parse_points(golden("router_show_filter.txt"));
    REQUIRE(filtered.size() == 1);
    CHECK(filtered[0].name == "TEST");
    CHECK(filtered[0].interface == "GigabitEthernet1");
    CHECK_FALSE(filtered[0].is_active);
    CHECK_FALSE(filtered[0].is_circular);
    CHECK(filtered[0].buffer_mib == 10);
    const auto plane = parse_points(golden("router_show_control_plane.txt"));
    REQUIRE(plane.size() == 1);
    CHECK(plane[0].name == "CAPTURE");
    CHECK(plane[0].interface == "Control Plane");
    const auto file_mode = parse_points(golden("switch_show_file_mode.txt"));
    REQUIRE(file_mode.size() == 1);
    CHECK(file_mode[0].interface == "GigabitEthernet1/0/3");
    const auto unattached = parse_points(golden("router_show_unattached.txt"));
    REQUIRE(unattached.size() == 1);
    CHECK(unattached[0].interface.empty());
}

TEST_CASE("several captures are told apart, whatever the device logs in between") {
    const auto points = parse_points(
        "Status Information for Capture XP100001\r\n  Target Type:\r\n Interface: Gi1, Direction: "
        "BOTH\r\n   Status : Active\r\n*Feb  3 00:58:13.901: %BUFCAP-6-ENABLE: Status : x\r\n"
        "  Buffer Details:\r\n   Buffer Type: CIRCULAR\r\n   Buffer Size (in MB): 20\r\n"
        "STATUS INFORMATION FOR CAPTURE other\n  status: inactive\n");
    REQUIRE(points.size() == 2);
    CHECK(points[0].is_active);
    CHECK(points[0].is_circular);
    CHECK(points[0].buffer_mib == 20);
    CHECK(points[1].name == "other");
    CHECK_FALSE(points[1].is_active);
}

TEST_CASE("what a capture lost is read in both families' words") {
    const auto stopped = parse_counts(golden("switch_stop.txt"));
    CHECK(stopped.dropped == 0);
    CHECK(stopped.asic_dropped == 0);
    CHECK(stopped.duration == std::chrono::seconds(56));
    CHECK_FALSE(stopped.in_buffer);
    const auto statistics = parse_counts(golden("switch_capture_statistics.txt"));
    CHECK(statistics.dropped == 0);
    CHECK(statistics.duration == std::chrono::seconds(9));
    const auto lossy =
        parse_counts("Packets dropped - 7\nPackets oversized - 1\nbytes dropped - 9");
    CHECK(lossy.dropped == 8);
    const auto cut_short = parse_counts(
        "Packets received - 9\nPackets dropped - 2\nPackets oversized - 7\nPackets sent - 7");
    CHECK(cut_short.dropped == 2);  // the oversized ones were sent
    CHECK(cut_short.sent == 7);
    CHECK_FALSE(cut_short.in_buffer);
    const auto not_sent = parse_counts(
        "Packets received - 9\nPackets dropped - 0\nPackets oversized - 7\nPackets sent - 2");
    CHECK(not_sent.dropped == 7);
    CHECK(parse_counts("Packets dropped - 18446744073709551615\nPackets errored - 2").dropped ==
          UINT64_MAX);
    const auto router = parse_counts(
        " buffer size (KB) : 10240\n buffer used (KB) : 128\n packets in buf   : 5\n"
        " packets dropped  : 3\n packets per sec  : 1\n");
    CHECK(router.in_buffer == 5);
    CHECK(router.dropped == 3);
    CHECK(router.buffer_kib == 10240);
    CHECK(router.used_kib == 128);
    CHECK_FALSE(parse_counts("").dropped);
    CHECK(parse_counts("   Buffer Size (in MB): 1").buffer_kib == 1024);
    const auto both = parse_counts(
        "Capture statistics collected at software:\n"
        "  Packets dropped - 7\nBytes dropped in asic - 9\n"
        "Capture statistics collected at software:\n"
        "  Packets dropped - 7\n  Packets sent - 5\n");
    CHECK(both.dropped == 7);
    CHECK(both.asic_dropped == 9);
    CHECK(both.sent == 5);
}

TEST_CASE("the family and the release are found out from show version") {
    struct Row {
        const char* name;
        const char* text;
        Kind kind;
        unsigned release;
    };

    const auto rows = std::to_array<Row>({
        {"CSR",
         "Cisco IOS XE Software, Version 16.06.02\nCisco IOS Software [Everest], Virtual XE "
         "Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 16.6.2, RELEASE SOFTWARE",
         Kind::router, 16},
        {"Catalyst 8000V", "Cisco IOS XE Software, Version 17.09.03a\ncisco C8000V (VXE) processor",
         Kind::router, 17},
        {"Catalyst 9300",
         "Cisco IOS XE Software, Version 17.12.03\nCisco IOS Software [Dublin], Catalyst L3 Switch "
         "Software (CAT9K_IOSXE), Version 17.12.3, RELEASE SOFTWARE (fc7)",
         Kind::catalyst, 17},
        {"Catalyst 3850",
         "Cisco IOS Software [Everest], Catalyst L3 Switch Software (CAT3K_CAA-UNIVERSALK9-M), "
         "Version 16.6.4",
         Kind::catalyst, 16},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto version = parse_version(row.text);
        REQUIRE(version);
        CHECK(version->kind == row.kind);
        CHECK(version->release == row.release);
    }
    CHECK_FALSE(parse_version("Cisco Nexus Operating System (NX-OS) Software\n version 9.3(5)"));
    CHECK_FALSE(parse_version("Cisco IOS Software, C3750E, Version 15.2(4)E8"));
    CHECK_FALSE(parse_version(""));
    const auto up = parse_version(
        "Cisco IOS XE Software, Version 17.09.03\n"
        "r1 uptime is 1 day, 2 hours, 3 minutes\nSystem returned");
    CHECK(up->uptime == std::chrono::seconds(86'400 + 7200 + 180));
    CHECK(parse_version("IOS XE Version 17.3.1\nr1 uptime is 0 minutes")->uptime ==
          std::chrono::seconds(0));
}

TEST_CASE("refusals are seen in the words of any release, and nothing else is one") {
    const auto refused = std::to_array<const char*>({
        "            ^\n% Invalid input detected at '^' marker.",
        "Non-existent access-list specified\r\n\r\nFailed to attach existing ACL",
        "Unable to activate Capture.",
        "Capture is not Supported",
        "% Incomplete command.",
        "Command authorization failed.",
        "%Error opening flash:/F (No such file or directory)",
        "CLI syntax error or execution failure",
        "Failed to Export",
    });
    for (const char* const text : refused) {
        CAPTURE(text);
        CHECK(refusal(text));
    }
    const auto accepted = std::to_array<const char*>({
        "",
        "Started capture point : XP100001\n*Feb  3: %BUFCAP-6-ENABLE: Capture Point XP enabled.",
        "Exported Successfully",
        "Enter configuration commands, one per line.  End with CNTL/Z.",
        "%SYS-5-CONFIG_I: Configured from console by u on vty0",
    });
    for (const char* const text : accepted) {
        CAPTURE(text);
        CHECK_FALSE(refusal(text));
    }
    for (const char* const file :
         {"router_show_control_plane.txt", "switch_show_file_mode.txt", "router_show_filter.txt",
          "switch_stop.txt", "switch_capture_statistics.txt"}) {
        CAPTURE(file);
        CHECK_FALSE(refusal(golden(file)));
    }
    CHECK(refusal("Unable to create.\n\nUnable to create.") == "\"Unable to create.\"");
    using base::Errc;
    CHECK(refusal_errc("Failed to attach existing ACL") == Errc::device_acl_lost);
    CHECK(refusal_errc("%Error writing (No space left on device)") == Errc::device_flash_full);
    CHECK(refusal_errc("% Invalid input") == Errc::device_refused);
    CHECK(says_no_capture("Capture point does not exist : test"));
    CHECK(says_no_capture("Capture does not exist"));
}

TEST_CASE("the device's own log lines and clock lines are no part of an answer") {
    CHECK(is_log_line("Dec  7 20:41:56.377 UTC: %BUFCAP-6-ENABLE: Capture Point tftp enabled."));
    CHECK(is_log_line("%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success"));
    CHECK(is_log_line("*Jan 1: %LINEPROTO-SP-5-UPDOWN: Line protocol"));
    CHECK_FALSE(is_log_line("% Invalid input detected at '^' marker."));
    CHECK_FALSE(is_log_line("%Error opening flash:/F"));
    const auto quiet = without_noise(golden("router_show_control_plane.txt"));
    CHECK_FALSE(quiet.contains("Load for"));
    CHECK_FALSE(quiet.contains("Time source"));
    CHECK(quiet.contains("Interface: Control Plane"));
}

TEST_CASE("the size of a file and the room beside it are read from dir") {
    const char* const listing =
        "Directory of flash:/\n\n"
        "120  -rw-         44  Jun 16 2026 12:30:01 +00:00  aXP100001.pcap\n"
        "121  -rw-  1260618344  Jun 16 2026 12:30:01 +00:00  XP100001.pcap\n"
        "122  drw-  4096  Jun 16 2026 12:30:01 +00:00  XP100002.pcap\n\n"
        "1697755136 bytes total (464301056 bytes free)\n";
    CHECK(file_bytes(listing, "XP100001.pcap") == 1'260'618'344);
    CHECK_FALSE(file_bytes(listing, "XP100002.pcap"));
    CHECK_FALSE(file_bytes("%Error opening flash:/XP100001.pcap (No such file or directory)",
                           "XP100001.pcap"));
    CHECK(free_bytes(listing) == 464'301'056);
    CHECK_FALSE(free_bytes("%Error"));
}

TEST_CASE("an export has ended when the device says so") {
    CHECK(export_state_of("Exported Successfully") == ExportState::complete);
    CHECK(export_state_of("Export Started Successfully") == ExportState::running);
    CHECK(export_state_of("r1#Export completed for capture point XP") == ExportState::complete);
    CHECK(export_state_of("Failed to Export") == ExportState::failed);
    CHECK(export_state_of("") == ExportState::unknown);
    CHECK(export_state_of("Export status of XP100001 : in progress") == ExportState::running);
    CHECK(export_state_of("Export status of XP100001 : completed") == ExportState::complete);
    CHECK(export_state_of("Export status: Failed\n8 bytes free") == ExportState::failed);
    CHECK(export_state_of("Export Status : not completed") == ExportState::unknown);
}

TEST_CASE("only names with our mark and six digits are ours") {
    using Names = std::vector<std::string>;
    CHECK(names_of_ours("Extended IP access list XP100001\nXP100001.pcap XP100002.pcap", "XP") ==
          Names{"XP100001", "XP100002"});
    CHECK(names_of_ours("XP10000 XP1000011 AXP100001 XP100001_2 xp100001 XPABCDEF XY100001", "XP")
              .empty());
}

TEST_CASE("a guestshell without an IOS session is told from an answer") {
    const auto missing = missing_session("Unexpected Error\n");
    REQUIRE(missing);
    CHECK(missing->contains("work --once"));
    CHECK(missing_session(golden("dohost_no_session.txt")));
    CHECK_FALSE(missing_session("Started capture point : XP100001"));
    CHECK_FALSE(missing_session(std::string(1000, ' ') + std::string(500, 'x') + "System Error"));
}
