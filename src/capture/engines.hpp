#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/device_settings.hpp"
#include "capture/engine.hpp"

namespace xpc::capture {

/// The device that always exists: this host, engine `linux`.
inline constexpr std::string_view local_device = "local";

/// The devices that can be captured from, by name.
/// Threads: any.
class Engines {
public:
    /// `ring_bytes` is the memory that captures on this host may use for the kernel's rings,
    /// `readers` how many threads read one interface; 0: as it needs.
    /// Errors: Failure(config) for devices that can not be.
    explicit Engines(std::size_t ring_bytes, std::size_t readers = 0,
                     const std::vector<DeviceSettings>& devices = {});

    struct Device {
        std::string name;
        std::unique_ptr<Engine> engine;
    };

    /// One more, of a name that is not there yet. Before anybody uses them.
    void add(Device device);

    /// All of them; the local one first.
    [[nodiscard]] const std::vector<Device>& devices() const noexcept { return devices_; }

    /// Errors: invalid_value with field "device".
    [[nodiscard]] base::Result<Engine*> find(std::string_view device) const;

    /// Engine::interrupt() of all.
    void interrupt() const noexcept;

    /// Engine::prepare() of all.
    void prepare() const;

private:
    std::vector<Device> devices_;
};

}  // namespace xpc::capture
