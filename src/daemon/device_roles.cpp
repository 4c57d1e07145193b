#include "daemon/device_roles.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::daemon {

std::optional<std::string> device_by_dohost(const Config& config) {
    const auto found =
        std::ranges::find(config.devices, capture::Way::dohost, &capture::DeviceSettings::way);
    return found == config.devices.end() ? std::nullopt : std::optional(found->name);
}

std::vector<capture::DeviceSettings> devices_with_scratch(const Config& config,
                                                          const DataDir& data_dir) {
    auto devices = config.devices;
    for (capture::DeviceSettings& device : devices)
        device.scratch = data_dir.spool();
    return devices;
}

job::DevicesOptions devices_of_server(const Config& config, const capture::Engines& engines,
                                      DataDir& data_dir) {
    job::DevicesOptions options;
    options.keeper.transcript_dir = data_dir.transcripts();
    const auto device = device_by_dohost(config);
    if (!device) return options;
    // A server that IOS has started needs no worker; one under systemd can do nothing but wait.
    const auto ready = base::value_or_throw(engines.find(*device))->readiness();
    if (ready && data_dir.take_workers_part()) return options;
    const std::string cause =
        ready ? base::text("device ", *device, ": another process is its worker")
              : ready.error().message;
    options.elsewhere[*device] = [path = config.server.data_dir, cause] {
        return worker_is_there(path, cause);
    };
    return options;
}

job::DevicesOptions devices_of_worker(const Config& config, const capture::Engines& engines,
                                      const DataDir& data_dir) {
    job::DevicesOptions options;
    options.keeper.transcript_dir = data_dir.transcripts();
    options.keeper.looks_when_idle = false;  // each command makes a log on the device grow
    const auto device = device_by_dohost(config);
    for (const auto& [name, engine] : engines.devices()) {
        if (name != device) options.elsewhere[name] = [] { return base::Result<void>(); };
    }
    return options;
}

base::Result<void> worker_is_there(const std::filesystem::path& data_dir,
                                   const std::string& cause) {
    // an applet that starts one every ten seconds, and a device that is busy
    constexpr std::chrono::minutes longest_gap{2};
    const auto last = DataDir::last_worker(data_dir);
    const auto now = base::wall_now();
    if (last && now - *last < longest_gap) return {};
    return base::refuse(
        base::Errc::not_ready,
        base::text(cause, "; and no `xepacketcap work --once`, which IOS has to start, has run on ",
                   data_dir.native(), last ? " since " + base::rfc3339(*last) : " yet",
                   ": see `xepacketcap print-eem`"));
}

}  // namespace xpc::daemon
