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

std::vector<std::string> Devices::not_startable() const {
    std::vector<std::string> devices;
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

bool Devices::are_settled() const {
    return std::ranges::all_of(keepers_,
                               [](const auto& keeper) { return keeper.second->is_settled(); });
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
