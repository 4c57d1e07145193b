#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "capture/ios_xe/cli.hpp"
#include "capture/ios_xe/epc_output.hpp"
#include "pcap/pcap_format.hpp"

namespace xpc::tests {

/// What a test makes of a device; reached by ScriptedCli.
struct ScriptedDevice {
    struct Point {
        std::string interface;
        bool is_active = false;
        bool is_circular = false;
        bool has_run = false;
    };

    std::mutex mutex;
    std::filesystem::path disk;
    bool is_switch = false;
    int status_looks = 0;          ///< so many "export status" until it is complete
    bool ends_at_refusal = false;  ///< what is said with a line that is refused, and behind it
    std::map<std::string, Point> points;
    std::map<std::string, std::vector<std::string>> lists;
    std::map<std::string, std::string> answers;  ///< to begins of commands, instead of the usual
    std::vector<std::string> said;
    std::string uptime = "3 days, 1 hour";
    unsigned used_kib = 1;
    unsigned dropped = 0;
    std::size_t packets = 3;
};

/// A pcap file of that many Ethernet frames of 60 bytes, a second between them.
inline std::string pcap_file(std::size_t packets) {
    std::string file;
    const auto put = [&file](const auto& value) {
        file.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    put(pcap::FileHeader{.magic = pcap::magic_microseconds,
                         .version_major = 2,
                         .version_minor = 4,
                         .reserved1 = 0,
                         .reserved2 = 0,
                         .snaplen = 9500,
                         .link_type = 1});
    for (std::uint32_t i = 0; i < packets; ++i) {
        put(pcap::RecordHeader{
            .seconds = 1'700'000'000 + i, .fraction = 5, .captured_bytes = 60, .wire_bytes = 60});
        file.append(60, static_cast<char>('a' + i % 26));
    }
    return file;
}

/// The little of IOS-XE that the engine's states need; not what a real one does, which the emulator
/// in tests/peers is for.
class ScriptedCli final : public capture::ios_xe::Cli {
public:
    explicit ScriptedCli(ScriptedDevice& device) : device_(device) {}

    [[nodiscard]] base::Result<std::string> ask(const capture::ios_xe::Batch& batch,
                                                const capture::ios_xe::Asking& asking) override {
        const std::lock_guard lock(device_.mutex);
        std::string answers;
        for (const std::string& line : capture::ios_xe::typed_lines(batch)) {
            device_.said.push_back(line);
            if (asking.dialogue != nullptr) asking.dialogue->said(line);
            const auto answer = answer_to(line);
            if (answer == "LOST") return base::refuse(base::Errc::device_lost, "it went away");
            answers += answer + "\n";
            if (device_.ends_at_refusal && capture::ios_xe::refusal(answer)) break;
        }
        return answers;
    }

private:
    std::string answer_to(const std::string& line) {
        for (const auto& [begin, answer] : device_.answers) {
            if (line.starts_with(begin)) return answer;
        }
        const auto words = base::split(line, ' ');
        if (line == "show version") {
            return base::text("Cisco IOS XE Software, Version 17.9.3\n",
                              device_.is_switch ? "Catalyst L3 Switch Software (CAT9K_IOSXE)" : "",
                              "\nr1 uptime is ", device_.uptime);
        }
        if (line.starts_with("ip access-list extended ")) device_.lists[std::string(words[3])];
        if (line.starts_with("permit ")) device_.lists.rbegin()->second.push_back(line);
        if (line.starts_with("no ip access-list ")) device_.lists.erase(std::string(words[4]));
        if (line.starts_with("show ip access-lists ")) {
            return device_.lists.contains(std::string(words[3]))
                       ? base::text("Extended IP access list ", words[3])
                       : std::string();
        }
        if (line == "show access-lists") {
            std::string all;
            for (const auto& [name, entries] : device_.lists)
                all += base::text("Extended IP access list ", name, '\n');
            return all;
        }
        if (line.starts_with("dir ")) return listing(words[1]);
        if (line.starts_with("delete /force ")) {
            std::filesystem::remove(path_of(words[2]));
            return {};
        }
        if (line.starts_with("no monitor capture ")) {
            const auto found = device_.points.find(std::string(words[3]));
            if (found == device_.points.end()) return "Capture does not exist";
            // words that say nothing to whom reads only refusals
            if (found->second.is_active) return "Stop the capture before changing it";
            device_.points.erase(found);
            return {};
        }
        if (line.starts_with("show monitor capture")) return shown(words);
        if (line.starts_with("monitor capture ")) return changed(std::string(words[2]), words);
        return {};
    }

    [[nodiscard]] std::filesystem::path path_of(std::string_view path) const {
        return device_.disk / path.substr(path.find_last_of(":/") + 1);
    }

    [[nodiscard]] std::string listing(std::string_view path) const {
        const bool is_all = path.ends_with(':') || path.ends_with('/');
        std::string lines;
        for (const auto& entry : std::filesystem::directory_iterator(device_.disk)) {
            if (!is_all && entry.path() != path_of(path)) continue;
            lines += base::text("12  -rw-  ", entry.file_size(), "  Jun 16 2026 12:30:01 +00:00  ",
                                entry.path().filename().native(), '\n');
        }
        if (lines.empty() && !is_all) return "%Error opening (No such file or directory)";
        return lines + "\n2000000000 bytes total (1000000000 bytes free)";
    }

    [[nodiscard]] std::string shown(const std::vector<std::string_view>& words) const {
        if (words.size() > 4) {
            const auto found = device_.points.find(std::string(words[3]));
            if (found == device_.points.end()) return "Capture point does not exist";
            const auto packets = found->second.has_run ? device_.packets : 0;
            if (device_.is_switch) {
                return base::text("        Packets dropped - ", device_.dropped,
                                  "\n        Packets sent - ", packets, '\n');
            }
            return base::text(" buffer size (KB) : 10240\n buffer used (KB) : ", device_.used_kib,
                              "\n packets in buf   : ", packets,
                              "\n packets dropped  : ", device_.dropped, '\n');
        }
        std::string text;
        for (const auto& [name, point] : device_.points) {
            if (words.size() == 4 && name != words[3]) continue;
            text += base::text(
                "Status Information for Capture ", name,
                "\n Target Type:\n  Interface: ", point.interface,
                ", Direction: BOTH\n  Status : ", point.is_active ? "Active" : "Inactive",
                "\n  Buffer Type: ", point.is_circular ? "CIRCULAR" : "LINEAR (default)", '\n');
        }
        if (text.empty() && words.size() == 4) return "Capture does not exist";
        return text;
    }

    std::string changed(const std::string& name, const std::vector<std::string_view>& words) {
        const auto verb = words[3];
        if (verb == "interface") device_.points[name].interface = "GigabitEthernet1";
        const auto found = device_.points.find(name);
        if (found == device_.points.end()) return "Capture point does not exist : " + name;
        auto& point = found->second;
        if (verb == "buffer") point.is_circular = words[4] == "circular";
        if (verb == "start") {
            point.is_active = point.has_run = true;
            return "Started capture point : " + name;
        }
        if (verb == "stop") {
            if (!point.is_active) return "Capture " + name + " is not active";
            point.is_active = false;
            return "Stopped capture point : " + name;
        }
        if (verb == "export") return exported(name, words);
        return {};
    }

    std::string exported(const std::string& name, const std::vector<std::string_view>& words) {
        if (words[4] == "status") {
            return device_.status_looks-- > 0 ? "Export in progress"
                                              : "Export completed for capture point " + name;
        }
        std::ofstream(path_of(words.back())) << pcap_file(device_.packets);
        return device_.is_switch ? "Export Started Successfully" : "Exported Successfully";
    }

    ScriptedDevice& device_;
};

}  // namespace xpc::tests
