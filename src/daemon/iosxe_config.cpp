#include "daemon/iosxe_config.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.hpp"

namespace xpc::daemon {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

/// What is printed is pasted into a command line: nothing in it may end a word or a line there.
bool is_plain_word(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) {
        return base::is_alphanumeric(c) || std::string_view("/._-").contains(c);
    });
}

[[nodiscard]] Result<void> check_path(std::string_view option, const std::string& path) {
    if (path.starts_with('/') && is_plain_word(path)) return {};
    return refuse(Errc::usage,
                  text(option, ": must be an absolute path of letters, digits, '.', '_' and '-', ",
                       "and is ", base::quoted(path)),
                  std::string(option));
}

std::string dotted(std::uint32_t address) {
    return text(address >> 24U, '.', (address >> 16U) & 0xFFU, '.', (address >> 8U) & 0xFFU, '.',
                address & 0xFFU);
}

std::optional<std::uint32_t> parse_dotted(std::string_view raw) {
    const auto pieces = base::split(raw, '.');
    std::uint32_t address = 0;
    for (const std::string_view piece : pieces) {
        const auto byte = base::parse_decimal<std::uint8_t>(piece);
        if (!byte) return std::nullopt;
        address = (address << 8U) | *byte;
    }
    return pieces.size() == 4 ? std::optional(address) : std::nullopt;
}

/// The network between the device and its guestshell.
struct Network {
    std::uint32_t guest = 0;
    std::uint32_t mask = 0;

    [[nodiscard]] std::uint32_t first() const { return guest & mask; }

    [[nodiscard]] std::uint32_t gateway() const { return first() + 1; }
};

[[nodiscard]] Result<Network> parse_network(const std::string& raw) {
    const auto slash = raw.find('/');
    const auto guest = parse_dotted(raw.substr(0, slash));
    const auto bits = slash == std::string::npos
                          ? std::nullopt
                          : base::parse_decimal<std::uint8_t>(raw.substr(slash + 1));
    if (guest && bits && *bits >= 8 && *bits <= 30) {
        const Network network{.guest = *guest, .mask = ~std::uint32_t{0} << (32U - *bits)};
        const bool is_host = network.guest != network.first() &&
                             network.guest != (network.first() | ~network.mask) &&
                             network.guest != network.gateway();
        if (is_host) return network;
    }
    return refuse(
        Errc::usage,
        text("--guest: must be an IPv4 address with its network, such as ",
             "192.168.99.2/24, the second or a later one of it; and is ", base::quoted(raw)),
        "--guest");
}

std::string reach_of_server(const GuestshellPlan& plan, const Network& network) {
    const std::string guest = dotted(network.guest);
    if (is_loopback(plan.listen_host)) {
        return text("! The server listens on ", plan.listen_host,
                    ": only the guestshell itself reaches it. For others, say\n",
                    "! server.listen = \"", guest, ":", plan.listen_port,
                    "\" and server.insecure = true, and print this again.\n");
    }
    return text("ip nat inside source static tcp ", guest, " ", plan.listen_port, " interface ",
                plan.outside, " ", plan.listen_port, "\n");
}

std::string router_network(const GuestshellPlan& plan, const Network& network) {
    std::string out =
        text("interface VirtualPortGroup0\n", " ip address ", dotted(network.gateway()), " ",
             dotted(network.mask), "\n", plan.outside.empty() ? "" : " ip nat inside\n");
    if (plan.outside.empty()) return out;
    return text(out, "interface ", plan.outside, "\n", " ip nat outside\n",
                "ip access-list standard XEPACKETCAP-GUEST\n", " permit ", dotted(network.first()),
                " ", dotted(~network.mask), "\n",
                "ip nat inside source list XEPACKETCAP-GUEST interface ", plan.outside,
                " overload\n", reach_of_server(plan, network));
}

std::string catalyst_network(const GuestshellPlan& plan) {
    // "add": without it the VLANs of other applications would go
    return text("interface AppGigabitEthernet1/0/1\n", " switchport mode trunk\n",
                " switchport trunk allowed vlan add ", plan.vlan, "\n");
}

std::string application(const GuestshellPlan& plan, const Network& network) {
    const bool is_router = plan.family == Family::router;
    const std::string address =
        text("guest-ipaddress ", dotted(network.guest), " netmask ", dotted(network.mask), "\n");
    std::string out = "app-hosting appid guestshell\n";
    if (is_router) {
        out += text(" app-vnic gateway0 virtualportgroup 0 guest-interface 0\n", "  ", address);
    } else {
        out += text(" app-vnic AppGigabitEthernet trunk\n", "  vlan ", plan.vlan,
                    " guest-interface 0\n", "   ", address);
    }
    out += text(" app-default-gateway ", dotted(network.gateway()), " guest-interface 0\n");
    if (!plan.name_server.empty()) out += text(" name-server0 ", plan.name_server, "\n");
    // dohost writes all that it says to /data, which has 1 MB unless more is asked for
    return out + " app-resource profile custom\n  cpu 800\n  memory 512\n  persist-disk 256\n";
}

[[nodiscard]] Result<void> check_plan(const GuestshellPlan& plan) {
    if (!plan.name_server.empty() && !parse_dotted(plan.name_server)) {
        return refuse(
            Errc::usage,
            text("--name-server: must be an IPv4 address, and is ", base::quoted(plan.name_server)),
            "--name-server");
    }
    if (plan.family == Family::catalyst) {
        if (plan.vlan >= 1 && plan.vlan <= 4094) return {};
        return refuse(Errc::usage, "--vlan: a Catalyst needs one, 1 to 4094", "--vlan");
    }
    if (!plan.outside.empty() && !is_plain_word(plan.outside)) {
        return refuse(Errc::usage,
                      text("--outside: must be an interface, and is ", base::quoted(plan.outside)),
                      "--outside");
    }
    if (plan.outside.empty() && !is_loopback(plan.listen_host)) {
        return refuse(Errc::usage,
                      text("--outside: is needed, the interface that server.listen = ",
                           plan.listen_host, " is to be reached by"),
                      "--outside");
    }
    return {};
}

}  // namespace

Result<std::string> applet_config(const AppletPlan& plan) {
    // from the moment at which the worker ends to the one at which EEM would end it: for a file
    // that is being fetched
    constexpr std::chrono::seconds margin{60};
    constexpr int every_seconds = 10;
    if (auto checked = check_path("--program", plan.program); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    if (!plan.config_file.empty()) {
        if (auto checked = check_path("--config", plan.config_file); !checked) {
            return std::unexpected(std::move(checked.error()));
        }
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(plan.longest);
    const std::string config = plan.config_file.empty() ? "" : text(" --config ", plan.config_file);
    return text("configure terminal\n", "file prompt quiet\n",
                "event manager applet XEPACKETCAP authorization bypass\n",
                " event timer watchdog time ", every_seconds, " maxrun ",
                (seconds + margin).count(), " ratelimit ", every_seconds, "\n",
                " action 1.0 cli command \"enable\"\n", " action 2.0 cli command \"guestshell run ",
                plan.program, " work --once --for ", seconds.count(), config, "\"\n", "end\n",
                "copy running-config startup-config\n");
}

Result<std::string> guestshell_config(const GuestshellPlan& plan) {
    if (auto checked = check_plan(plan); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    const auto network = parse_network(plan.guest);
    if (!network) return std::unexpected(network.error());
    const bool is_router = plan.family == Family::router;
    return text("configure terminal\n", "file prompt quiet\n", "end\n",
                "! Before the guestshell is enabled: it sees only what is there by then.\n",
                "mkdir ", is_router ? "bootflash" : "flash", ":guest-share\n",
                "configure terminal\n", "iox\n",
                is_router ? router_network(plan, *network) : catalyst_network(plan),
                application(plan, *network), "end\n",
                "! IOx takes some minutes to start: again until it is enabled.\n",
                "guestshell enable\n", "copy running-config startup-config\n",
                "! When the program is in the guestshell: the applet of xepacketcap print-eem.\n");
}

Result<capture::DeviceSettings> chosen_device(const Config& config,
                                              const std::optional<std::string>& name) {
    const auto& devices = config.devices;
    const auto wanted = [&](const capture::DeviceSettings& device) {
        if (name) return device.name == *name;
        return device.way == capture::Way::dohost || devices.size() == 1;
    };
    const auto found = std::ranges::find_if(devices, wanted);
    if (found != devices.end()) return *found;
    return refuse(Errc::usage,
                  name              ? text("--device: there is no [[device]] ", base::quoted(*name))
                  : devices.empty() ? std::string("the configuration has no [[device]]")
                                    : std::string("--device: is needed, as there are several"),
                  "--device");
}

std::string ssh_config(const capture::DeviceSettings& device) {
    const bool copies = device.mount.empty();
    std::string out = text(
        "! For ", device.name, ", reached by SSH as ", device.user, ", port ", device.port, ".\n",
        copies ? "! The user needs privilege 15 at the login, and AAA's leave: no others get "
                 "files.\n"
               : "! The user needs privilege 15, of its own or by enable.\n",
        "configure terminal\n", "ip ssh version 2\n", "file prompt quiet\n");
    if (copies) out += "ip scp server enable\n";
    return out +
           "end\n"
           "copy running-config startup-config\n"
           "! A line has to be free for it: show line; and take SSH: transport input ssh.\n";
}

}  // namespace xpc::daemon
