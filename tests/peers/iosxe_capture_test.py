"""The emulated device's captures: what begins and ends them, what is in them, what is said of them."""

import re
import subprocess
import time
import unittest
from collections import Counter
from pathlib import Path

import support
from support import frames, pcap
from support.iosxe import Device
from support.net import Cable, Namespace, ip, packet_socket
from support.server import wait_until

GOLDEN = Path(__file__).parents[1] / "golden/iosxe"


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.cable = Cable()

    def device(self, family: str = "router", **more) -> Device:
        names = {"router": "GigabitEthernet1", "switch": "GigabitEthernet1/0/3"}
        interfaces = more.pop("interfaces", {names[family]: self.cable.near})
        device = self.enterContext(Device(family, interfaces, ssh=False, **more))
        self.environment = device.environment()
        return device

    def do(self, device: Device, *lines: str) -> str:
        """The answers without the empty lines between them."""
        done = subprocess.run([device.dohost, " ; ".join(lines)], env=self.environment, capture_output=True, text=True, timeout=20)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.removeprefix("\n")

    def begun(self, device: Device, *options: str, interface: str = "", filter: str = "match any", direction: str = "both") -> None:
        interface = interface or ("g1/0/3" if device.prefix == "flash:" else "g1")
        for option in (filter, f"interface {interface} {direction}", *options):
            self.assertEqual(self.do(device, f"monitor capture X {option}"), "")
        self.assertEqual(self.do(device, "monitor capture X start"), "Started capture point : X\n")

    def exported(self, device: Device) -> Path:
        if device.active():
            self.do(device, "monitor capture X stop")
        target = f"{device.prefix}{'guest-share/' if device.mount != device.flash else ''}x.pcap"
        location, said = ("location ", "Export Started") if device.prefix == "flash:" else ("", "Exported")
        self.assertEqual(self.do(device, f"monitor capture X export {location}{target}"), f"{said} Successfully\n")
        path = device.mount / "x.pcap"
        if location:
            wait_until("the export is complete", lambda: "completed" in self.do(device, "monitor capture X export status"))
        return path

    def held(self, device: Device) -> int:
        return int(re.search(r"packets in buf   : (\d+)", self.do(device, "show monitor capture X buffer"))[1])

    def dropped(self, device: Device) -> int:
        return int(re.search(r"packets dropped  : (\d+)", self.do(device, "show monitor capture X buffer"))[1])

    def ended(self, device: Device) -> None:
        wait_until("the capture ends", lambda: "Status : Inactive" in self.do(device, "show monitor capture X"))


class Life(Case):
    def test_a_router_exports_what_came_in_both_directions(self) -> None:
        device = self.device()
        self.begun(device, "limit pps 1000000")
        sent = [frames.udp(n, size=100) for n in range(200)]
        self.cable.send(sent[:150])
        self.cable.send_back(sent[150:])
        self.assertEqual(self.do(device, "monitor capture X stop"), "Stopped capture point : X\n")
        path = self.exported(device)
        self.assertEqual(pcap.raw_frames(path), sent)
        self.assertEqual(pcap.capinfos(path)["Number of packets"], "200")
        self.assertEqual(device.left(), {"captures": ["X"], "access_lists": [], "files": ["guest-share/x.pcap"]})
        self.assertEqual(self.do(device, "no monitor capture X", "delete /force bootflash:guest-share/x.pcap"), "")
        self.assertTrue(device.is_clean())

    def test_an_old_router_shows_its_guestshell_the_whole_flash(self) -> None:
        device = self.device(release="16.9.5")
        self.begun(device)
        self.cable.send([frames.udp(1)])
        self.assertEqual(pcap.numbers(self.exported(device)), [1])
        self.assertEqual(device.mount, device.flash)

    def test_a_switch_exports_in_its_own_time_and_counts_at_the_stop(self) -> None:
        device = self.device("switch", export_seconds=0.3)
        self.begun(device)
        sent = [frames.udp(n) for n in range(20)]
        self.cable.send(sent)
        wait_until("all are seen", lambda: "Packets received - 20" in
                   self.do(device, "show monitor capture X capture-statistics"))
        said = self.do(device, "monitor capture X stop")
        self.assertRegex(said, r"Packets received - 20\n +Packets dropped - 0\n")
        self.assertTrue(said.endswith("Bytes dropped in asic - 0\n\nStopped capture point : X\n"), said)
        began = time.monotonic()
        self.assertEqual(self.do(device, "monitor capture X export location flash:guest-share/y.pcap"), "Export Started Successfully\n")
        self.assertEqual(device.left()["files"], [])
        wait_until("the file is there", lambda: device.left()["files"])
        self.assertGreater(time.monotonic() - began, 0.2)
        self.assertEqual(pcap.raw_frames(device.mount / "y.pcap"), sent)

    def test_what_was_there_before_the_start_and_after_the_stop_is_not_in_it(self) -> None:
        device = self.device()
        self.cable.send([frames.udp(1)])
        self.begun(device)
        self.cable.send([frames.udp(2)])
        self.do(device, "monitor capture X stop")
        self.cable.send([frames.udp(3)])
        self.assertEqual(pcap.numbers(self.exported(device)), [2])

    def test_an_interface_may_be_in_another_network(self) -> None:
        other = Namespace()
        with other.inside():
            ip("link", "add", "inner", "type", "veth", "peer", "name", "outer")
            ip("link", "set", "inner", "addrgenmode", "none", "up")
            ip("link", "set", "outer", "addrgenmode", "none", "up")
        device = self.device(interfaces={"GigabitEthernet1": {"interface": "inner", "netns": other.path}})
        self.begun(device)
        with other.inside():
            packet_socket("outer").send(frames.udp(7))
        self.assertEqual(pcap.numbers(self.exported(device)), [7])

    def test_a_tag_is_where_it_was(self) -> None:
        device = self.device()
        self.begun(device)
        sent = [frames.udp(1, vlan=100), frames.udp(2)]
        self.cable.send(sent)
        self.assertEqual(pcap.raw_frames(self.exported(device)), sent)


class Filters(Case):
    def kept(self, device: Device, lines: list[str], kind: str = "ip access-list extended", version: int = 4) -> list[int]:
        """Which of the frames below pass an access list, by their place."""
        frames_of = {4: [
            frames.udp(0, "10.0.0.2", "10.0.0.1", size=8, port=53), frames.udp(1, "10.0.0.2", "10.0.1.1", size=8),
            frames.tcp(2, "10.0.0.3", "10.0.0.1"), frames.icmp(3), frames.other(frames.OSPF, 4), frames.other(frames.EIGRP, 5),
            frames.arp(6), frames.udp(7, "2001:db8::1", "2001:db8::2", size=8, vlan=5),
            frames.udp(8, "10.0.0.2", "10.0.0.1", size=8, vlan=5),
        ], 6: [
            frames.udp(0, "2001:db8::1", "2001:db8::2", size=8, port=53), frames.udp(1, "2001:db8:1::1", "2001:db8::2", size=8),
            frames.tcp(2, "2001:db8::1", "2001:db8::3"), frames.icmp(3, "2001:db8::1", "2001:db8::2"),
            frames.other(frames.OSPF, 4, "2001:db8::1", "2001:db8::2"), frames.udp(5, size=8),
        ]}[version]
        self.assertEqual(self.do(device, "configure terminal", f"{kind} F", *lines, "end"), "")
        self.begun(device, filter="access-list F")
        self.cable.send(frames_of)
        got = pcap.raw_frames(self.exported(device))
        self.do(device, "no monitor capture X", "delete /force bootflash:guest-share/x.pcap")
        self.do(device, "configure terminal", f"no {kind} F", "end")
        self.assertTrue(device.is_clean())
        return [frames_of.index(frame) for frame in got]

    def test_an_ipv4_list_says_what_is_kept(self) -> None:
        device = self.device()
        rows = [
            (["permit ip any any"], [0, 1, 2, 3, 4, 5, 8]),
            (["permit udp any any"], [0, 1, 8]),
            (["permit udp any any eq 53"], [0]),
            (["permit udp any eq domain any"], [0]),
            (["permit tcp host 10.0.0.3 any"], [2]),
            (["permit icmp any any", "permit ospf any any"], [3, 4]),
            (["permit eigrp any any"], [5]),
            (["permit 88 any any"], [5]),
            (["permit ip any 10.0.1.0 0.0.0.255"], [1]),
            (["permit ip 10.0.0.2 0.0.0.0 host 10.0.0.1"], [0, 3, 4, 5, 8]),
            (["deny udp any any", "permit ip any any"], [2, 3, 4, 5]),
            (["permit ip any any", "5 deny udp any any"], [2, 3, 4, 5]),
            (["permit udp any range 50 60 any gt 50"], [0]),
        ]
        for lines, wanted in rows:
            with self.subTest(lines=lines):
                self.assertEqual(self.kept(device, lines), wanted)

    def test_an_ipv6_list_says_what_is_kept(self) -> None:
        device = self.device()
        rows = [
            (["permit ipv6 any any"], [0, 1, 2, 3, 4]),
            (["permit ip any any"], [0, 1, 2, 3, 4]),  # cut short
            (["permit udp any any eq 53"], [0]),
            (["permit tcp 2001:db8::/32 host 2001:db8::3"], [2]),
            (["permit ipv6 2001:db8:1::/48 any"], [1]),
            (["permit icmp any any", "permit 89 any any"], [3, 4]),
        ]
        for lines, wanted in rows:
            with self.subTest(lines=lines):
                self.assertEqual(self.kept(device, lines, "ipv6 access-list", 6), wanted)

    def test_lines_that_are_none_are_refused(self) -> None:
        device = self.device()
        for kind, lines in (("ip access-list extended", ["permit ip any", "permit ip any 10.0.0.1", "permit ipv6 any any",
                                                         "permit udp any any eq 70000", "permit ip host 10.0.0.256 any",
                                                         "permit ip 10.0.0.0/8 any", "permit icmp any any eq 5"]),
                            ("ipv6 access-list", ["permit ospf any any", "permit eigrp any any", "permit ipv6 host fe80:: ::/129",
                                                  "permit ipv6 10.0.0.0 0.0.0.255 any"])):
            for line in lines:
                with self.subTest(line=line):
                    self.assertIn("CLI syntax error or execution failure",
                                  self.do(device, "configure terminal", f"{kind} F{len(kind)}", line, "end"))
        self.assertEqual(self.do(device, "show access-lists"), "Extended IP access list F23\nIPv6 access list F16\n")

    def test_lines_are_taken_out_again(self) -> None:
        device = self.device()
        self.do(device, "conf t", "ip access-list extended F", "permit ip any any", "permit udp any any", "deny ip any any", "end")
        self.do(device, "conf t", "ip access-list extended F", "no 10", "no deny ip any any", "end")
        self.assertEqual(self.do(device, "show ip access-lists F"), "Extended IP access list F\n    20 permit udp any any\n")

    def test_a_filter_may_be_written_in_place(self) -> None:
        device = self.device()
        self.begun(device, filter="match ipv4 protocol udp host 10.0.0.2 10.0.1.0/24")
        self.cable.send([frames.udp(1), frames.udp(2, destination="10.0.1.9"), frames.tcp(3, destination="10.0.1.9")])
        self.assertEqual(pcap.numbers(self.exported(device)), [2])

    def test_a_direction_is_kept(self) -> None:
        for direction, wanted in (("in", [1, 3]), ("out", [2]), ("both", [1, 2, 3])):
            device = self.device()
            self.begun(device, direction=direction)
            for number in (1, 2, 3):
                (self.cable.send_back if number == 2 else self.cable.send)([frames.udp(number)])
            with self.subTest(direction=direction):
                self.assertEqual(pcap.numbers(self.exported(device)), wanted)


class Limits(Case):
    def test_a_duration_ends_it(self) -> None:
        device = self.device()
        self.begun(device, "limit duration 1")
        self.cable.send([frames.udp(1)])
        self.assertEqual(device.active(), ["X"])
        self.ended(device)
        self.cable.send([frames.udp(2)])
        self.assertEqual(self.do(device, "monitor capture X stop"), "Capture X is not active\nUnable to deactivate Capture.\n")
        self.assertEqual(pcap.numbers(self.exported(device)), [1])

    def test_a_number_of_packets_ends_it(self) -> None:
        device = self.device()
        self.begun(device, "limit packets 5")
        self.cable.send([frames.udp(n) for n in range(9)])
        self.ended(device)
        self.assertEqual(pcap.numbers(self.exported(device)), [0, 1, 2, 3, 4])

    def test_a_full_buffer_ends_it_unless_it_is_a_circle(self) -> None:
        for circular in ("", "circular "):
            device = self.device()
            self.begun(device, f"buffer {circular}size 1", "limit pps 1000000")
            self.cable.send([frames.udp(n, size=1000) for n in range(2000)])
            if circular:
                wait_until("the last", lambda: "10.0.0.9" in self.do(device, "show mon cap X buffer brief")
                           or not self.cable.send([frames.udp(2000, "10.0.0.9")]))
                self.assertEqual(device.active(), ["X"])
            else:
                self.ended(device)
            got = pcap.numbers(self.exported(device))
            with self.subTest(circular=circular):
                self.assertLess(len(got), 1024 * 1024 // 1000)
                self.assertEqual(got[:3] if not circular else got[-1:], [0, 1, 2] if not circular else [2000])

    def test_a_router_takes_a_thousand_a_second_unless_told_otherwise(self) -> None:
        device = self.device()
        self.begun(device)
        self.cable.send([frames.udp(n) for n in range(3000)])
        wait_until("the loss", lambda: self.held(device) + self.dropped(device) == 3000)
        self.assertIn("limit pps 1000", self.do(device, "show monitor capture X parameter"))
        rows = pcap.tshark_fields(self.exported(device), "frame.time_epoch")
        each_second = Counter(int(float(when)) for (when,) in rows)
        self.assertEqual(max(each_second.values()), 1000, each_second)

    def test_a_switch_takes_all(self) -> None:
        device = self.device("switch")
        self.begun(device)
        self.cable.send([frames.udp(n) for n in range(3000)])
        self.assertEqual(pcap.numbers(self.exported(device)), list(range(3000)))

    def test_packets_are_cut_to_a_length_and_keep_their_own(self) -> None:
        device = self.device()
        self.begun(device, "limit packet-len 64")
        self.cable.send([frames.udp(1, size=500)])
        rows = pcap.tshark_fields(self.exported(device), "frame.cap_len", "frame.len")
        self.assertEqual(rows, [("64", "542")])

    def test_each_so_many_th_is_taken(self) -> None:
        device = self.device()
        self.begun(device, "limit every 3")
        self.cable.send([frames.udp(n) for n in range(9)])
        self.assertEqual(pcap.numbers(self.exported(device)), [0, 3, 6])

    def test_values_out_of_range_are_refused(self) -> None:
        device = self.device()
        for option in ("buffer size 0", "buffer size 101", "limit duration 0", "limit packet-len 63", "limit packets 100001",
                       "limit pps 1000001", "limit every 1", "interface g9 both", "interface g1 sideways", "file location flash:x"):
            with self.subTest(option=option):
                self.assertIn("% Invalid input", self.do(device, f"monitor capture X {option}"))
        self.assertTrue(device.is_clean())


class Replies(Case):
    def test_what_can_not_be_done_is_said_in_the_devices_words(self) -> None:
        device = self.device()
        self.do(device, "monitor capture X interface Gi1 in")
        rows = [
            ("monitor capture N start", "Capture point does not exist : N\n"),
            ("monitor capture N clear", "Capture point does not exist : N\n"),
            ("monitor capture N stop", "Capture point does not exist : N\n"),
            ("no monitor capture N", "Capture does not exist\n"),
            ("monitor capture X access-list NONE", "Non-existent access-list specified\n\nFailed to attach existing ACL\n"),
            ("monitor capture X class-map NONE", "Class-map NONE not found\nFailed to attach existing class-map\n"),
            ("monitor capture X interface GigabitEthernet 1 both",
             "Interface GigabitEthernet1 direction BOTH is already attached to the capture\n"),
            ("monitor capture X stop", "Capture X is not active\nUnable to deactivate Capture.\n"),
            ("monitor capture X start", "No Filter is attached to the capture\nUnable to activate Capture.\n"),
            ("monitor capture X export bootflash:none/x.pcap",
             "%Error opening bootflash:none/x.pcap (No such file or directory)\nFailed to Export\n"),
        ]
        for line, answer in rows:
            with self.subTest(line=line):
                self.assertEqual(self.do(device, line), answer)
        self.assertEqual(self.do(device, "monitor capture X match any start"), "Started capture point : X\n")
        self.assertIn("Unable to activate Capture", self.do(device, "monitor capture X start"))
        self.assertIn("is active", self.do(device, "no monitor capture X"))
        self.assertEqual(device.active(), ["X"])

    def test_one_line_may_say_it_all(self) -> None:
        device = self.device("switch")
        line = ("mon cap X match any int Gi1/0/3 both file location flash:x.pcap size 70 buffer-size 5 "
                "limit duration 100 packets 1 packet-len 64 every 1000 pps 100000")
        self.assertEqual(self.do(device, line, "mon cap X start"), "Started capture point : X\n")
        self.cable.send([frames.udp(3)])
        self.ended(device)
        self.assertEqual(pcap.numbers(device.flash / "x.pcap"), [3])
        self.assertEqual(self.do(device, "mon cap X clear"), "Clear not supported for capture configured with file options\n")
        self.assertIn("10.0.0.2 -> 10.0.0.1", self.do(device, "sh mon cap file flash:x.pcap"))

    def test_one_capture_an_interface_may_be_all(self) -> None:
        device = self.device(one_per_interface=True)
        self.begun(device)
        self.do(device, "mon cap Y match any int g1 both")
        self.assertIn("Unable to activate", self.do(device, "mon cap Y start"))
        self.do(device, "mon cap X stop")
        self.assertIn("Started", self.do(device, "mon cap Y start"))

    def test_there_is_a_largest_number_of_captures(self) -> None:
        device = self.device(max_captures=2)
        self.assertEqual(self.do(device, "mon cap A match any", "mon cap B match any"), "")
        self.assertIn("Unable to create", self.do(device, "mon cap C match any"))
        self.assertEqual(device.left()["captures"], ["A", "B"])


class Recorded(Case):
    """What the emulator prints is what devices printed, where that was recorded."""

    def golden(self, name: str) -> list[str]:
        lines = (GOLDEN / name).read_text().splitlines()
        return [line.rstrip() for line in lines if line.strip() and "#" not in line and
                not line.startswith(("Load for", "Time source"))]

    def same(self, shown: str, name: str) -> None:
        self.assertEqual([line.rstrip() for line in shown.splitlines() if line.strip()], self.golden(name))

    def test_the_states_of_a_router_are_shown_as_recorded(self) -> None:
        device = self.device(release="16.9.5")
        self.do(device, "monitor capture TEST match any")
        self.same(self.do(device, "show monitor capture TEST"), "router_csr_show_monitor_capture_unattached.txt")
        self.do(device, "monitor capture TEST interface g1 in")
        self.same(self.do(device, "show monitor capture TEST parameter"), "router_csr_show_parameter.txt")
        self.do(device, "no monitor capture TEST",
                "monitor capture TEST interface g1 in match ipv4 host 8.8.8.8 192.168.1.0/24")
        self.same(self.do(device, "show monitor capture TEST"), "router_csr_show_monitor_capture_ipv4_filter.txt")
        self.do(device, "no monitor capture TEST", "monitor capture CAPTURE control-plane both match any")
        self.same(self.do(device, "show monitor capture"), "ShowMonitorCapture_golden_output1_output.txt")

    def test_the_states_of_a_switch_are_shown_as_recorded(self) -> None:
        device = self.device("switch")
        self.do(device, "monitor capture mycap interface g1/0/3 both match ipv4 any any "
                "file location flash:mycap.pcap ring 2 size 5 buffer-size 10")
        self.same(self.do(device, "show monitor capture mycap"), "ShowMonitorCapture_golden_output3_output.txt")
        self.begun(device)
        stopped = self.do(device, "monitor capture X stop")
        self.same(stopped.replace("- 0 seconds", "- 56 seconds").replace(": X", ": cap1"), "MonitorCaptureStop_golden_output_output.txt")
        shown = self.do(device, "show monitor capture X capture-statistics")
        names = [re.sub(r" - \d+", "", line).lower() for line in shown.splitlines()]
        self.assertEqual(names, [re.sub(r" - \d+", "", line) for line in
                                 self.golden("ShowMonitorCaptureStatistics_golden_output_output.txt")])


if __name__ == "__main__":
    support.main()
