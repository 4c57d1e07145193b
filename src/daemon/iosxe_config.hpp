#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "capture/device_settings.hpp"
#include "daemon/config.hpp"

namespace xpc::daemon {

/// The applet that starts `work --once`.
struct AppletPlan {
    std::string program = "/home/guestshell/xepacketcap";  ///< in the guestshell
    std::string config_file;                               ///< there; empty: the usual one
    std::chrono::milliseconds longest{};                   ///< of `--for`
};

/// The configuration of IOS for it, to be pasted at the prompt.
/// Errors: usage, with the option at fault, for what could mean something else to IOS.
[[nodiscard]] base::Result<std::string> applet_config(const AppletPlan& plan);

enum class Family { router, catalyst };

/// Where the guestshell is put, and how its server is reached.
struct GuestshellPlan {
    Family family = Family::router;
    std::string guest =
        "192.168.99.2/24";   ///< its address; the first of the network is the router's
    std::string outside;     ///< the router's interface that others reach it by; empty: nobody does
    std::uint16_t vlan = 0;  ///< of a Catalyst
    std::string name_server;
    std::string listen_host;  ///< of the server in it, as configured
    std::uint16_t listen_port = 0;
};

/// The configuration of IOS for a guestshell, with the commands that it needs before and behind.
/// Errors: usage, likewise.
[[nodiscard]] base::Result<std::string> guestshell_config(const GuestshellPlan& plan);

/// The device of that name; without one: the one by dohost, else the only one.
/// Errors: usage.
[[nodiscard]] base::Result<capture::DeviceSettings> chosen_device(
    const Config& config, const std::optional<std::string>& name);

/// And for a device that is reached by SSH.
[[nodiscard]] std::string ssh_config(const capture::DeviceSettings& device);

}  // namespace xpc::daemon
