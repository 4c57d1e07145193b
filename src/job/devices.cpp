#include "job/devices.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::job {

Devices::Devices(const capture::Engines& engines, Store& store, DevicesOptions options,
                 const std::function<void()>& on_change)
    : engines_(engines), store_(store), options_(std::move(options)) {
    for (const auto& [name, engine] : engines.devices()) {
        if (!engine->outlives_us() || is_elsewhere(name)) continue;
        keepers_.emplace(
            name, std::make_unique<DeviceKeeper>(name, *engine, store, options_.keeper, on_change));
    }
}

base::Result<void> Devices::readiness(const std::string& device) const {
    if (const auto other = options_.elsewhere.find(device); other != options_.elsewhere.end()) {
        return other->second();
    }
    const auto engine = engines_.find(device);
    if (!engine) return std::unexpected(engine.error());
    return (*engine)->readiness();
}

std::vector<std::string> Devices::not_startable() const {
    std::vector<std::string> devices;
    devices.reserve(options_.elsewhere.size());
    for (const auto& [name, obstacle] : options_.elsewhere)
        devices.push_back(name);
    for (const auto& [name, keeper] : keepers_) {
        if (!keeper->may_start()) devices.push_back(name);
    }
    return devices;
}

void Devices::note(const Job& job) {
    const std::string& device = job.request.device;
    if (!keepers_.contains(device)) return;
    const auto engine = engines_.find(device);
    store_.note_on_device(
        {.device = device, .name = (*engine)->capture_name(job.number), .job_id = job.id});
}

void Devices::look_again() {
    for (const auto& [name, keeper] : keepers_)
        keeper->look_again();
}

void Devices::doubt(std::string_view device) {
    if (const auto found = keepers_.find(device); found != keepers_.end()) found->second->doubt();
}

void Devices::notice_reached(std::string_view device) {
    if (const auto found = keepers_.find(device); found != keepers_.end()) {
        found->second->notice_reached();
    }
}

bool Devices::are_settled() const {
    return std::ranges::all_of(keepers_,
                               [](const auto& keeper) { return keeper.second->is_settled(); });
}

std::optional<base::Error> Devices::obstacle(std::string_view device) const {
    if (const auto look = options_.elsewhere.find(device); look != options_.elsewhere.end()) {
        const auto looked = look->second();
        return looked ? std::nullopt : std::optional(looked.error());
    }
    const auto keeper = keepers_.find(device);
    return keeper == keepers_.end() ? std::nullopt : keeper->second->obstacle();
}

bool Devices::may_start(std::string_view device) const {
    const auto keeper = keepers_.find(device);
    return keeper == keepers_.end() ? !is_elsewhere(device) : keeper->second->may_start();
}

std::map<std::string, base::Error> Devices::lasting_obstacles(
    std::chrono::milliseconds longest) const {
    std::map<std::string, base::Error> lasting;
    for (const auto& [name, keeper] : keepers_) {
        if (auto obstacle = keeper->lasting_obstacle(longest)) lasting.emplace(name, *obstacle);
    }
    return lasting;
}

std::vector<base::Error> Devices::obstacles() const {
    std::vector<base::Error> obstacles;
    for (const auto& [name, look] : options_.elsewhere) {
        if (auto looked = look(); !looked) obstacles.push_back(std::move(looked.error()));
    }
    for (const auto& [name, keeper] : keepers_) {
        if (auto obstacle = keeper->obstacle()) obstacles.push_back(std::move(*obstacle));
    }
    return obstacles;
}

}  // namespace xpc::job
