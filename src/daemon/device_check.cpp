#include "daemon/device_check.hpp"

#include "base/text.hpp"
#include "capture/engines.hpp"
#include "daemon/data_dir.hpp"
#include "daemon/device_roles.hpp"

namespace xpc::daemon {
namespace {

using base::Finding;
using base::text;

Finding look_at(const Config& config, const capture::DeviceSettings& device,
                capture::Engine& engine) {
    Finding finding{.what = "device " + device.name, .detail = {}, .error = {}};
    auto ready = engine.readiness();
    if (ready) {
        finding.detail = device.way == capture::Way::ssh
                             ? text("reached by SSH, ", device.host, " port ", device.port)
                             : std::string("reached by dohost");
        return finding;
    }
    if (device.way == capture::Way::dohost) {
        const auto& data_dir = config.server.data_dir;
        ready = worker_is_there(data_dir, ready.error().message);
        if (ready) {
            finding.detail = text("by `work --once`, which ran at ",
                                  base::rfc3339(*DataDir::last_worker(data_dir)));
            return finding;
        }
    }
    finding.error = ready.error();
    return finding;
}

}  // namespace

std::vector<Finding> check_devices(const Config& config) {
    std::vector<Finding> findings;
    if (config.devices.empty()) return findings;
    const capture::Engines engines(config.capture.memory_bytes, 0, config.devices);
    for (const capture::DeviceSettings& device : config.devices) {
        auto* const engine = base::value_or_throw(engines.find(device.name));
        findings.push_back(look_at(config, device, *engine));
    }
    return findings;
}

}  // namespace xpc::daemon
