#include "capture/engines.hpp"

#include <utility>

#include "base/text.hpp"
#include "capture/af_packet/engine.hpp"
#include "capture/ios_xe/engine.hpp"

namespace xpc::capture {

Engines::Engines(std::size_t ring_bytes, std::size_t readers,
                 const std::vector<DeviceSettings>& devices)
    : checked_(std::make_unique<CheckedCaptures>()) {
    add_engine(std::string(local_device),
               std::make_unique<af_packet::LinuxEngine>(ring_bytes, readers));
    for (const DeviceSettings& device : devices)
        add_engine(device.name, std::make_unique<ios_xe::IosXeEngine>(device));
}

template <typename Kind>
void Engines::add_engine(std::string name, std::unique_ptr<Kind> engine) {
    Kind* const kind = engine.get();
    instructing_[name] = [kind](const CaptureOptions& options) {
        return kind->instructions(options);
    };
    devices_.push_back({.name = std::move(name), .engine = std::move(engine)});
}

void Engines::add(Device device) {
    devices_.push_back(std::move(device));
}

std::unique_ptr<Capture> Engine::resume(const CaptureOptions& options) {
    throw base::Failure(base::Errc::device,
                        base::text(base::quoted(options.name), ": ended with its process"));
}

base::Result<Engine*> Engines::find(std::string_view device) const {
    for (const Device& one : devices_) {
        if (one.name == device) return one.engine.get();
    }
    return base::refuse(base::Errc::invalid_value,
                        base::text("device ", base::quoted(device), ": is not configured"),
                        "device");
}

base::Result<Description> Engines::check(std::string_view device,
                                         const CaptureOptions& options) const {
    const auto engine = find(device);
    if (!engine) return std::unexpected(engine.error());
    // of a device nobody says here when it has become another
    return device == local_device ? checked_->check(**engine, options) : (*engine)->check(options);
}

base::Result<Instructions> Engines::instructions(std::string_view device,
                                                 const CaptureOptions& options) const {
    if (auto found = find(device); !found) return std::unexpected(std::move(found.error()));
    const auto known = instructing_.find(device);
    return known == instructing_.end() ? Instructions{} : known->second(options);
}

void Engines::interrupt() const noexcept {
    for (const Device& one : devices_)
        one.engine->interrupt();
}

void Engines::prepare() const {
    for (const Device& one : devices_)
        one.engine->prepare();
}

}  // namespace xpc::capture
