#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/checked_captures.hpp"
#include "capture/device_settings.hpp"
#include "capture/engine.hpp"
#include "capture/instructions.hpp"

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

    /// What Engine::check() of that device says, or has said of the same. Errors: also of find().
    [[nodiscard]] base::Result<Description> check(std::string_view device,
                                                  const CaptureOptions& options) const;

    /// What a capture with these options, which were checked, is told to the kernel or the device
    /// as. Blocking: a device may be asked what it is. Errors: as find() and Engine::check().
    [[nodiscard]] base::Result<Instructions> instructions(std::string_view device,
                                                          const CaptureOptions& options) const;

    /// Engine::interrupt() of all.
    void interrupt() const noexcept;

    /// Engine::prepare() of all.
    void prepare() const;

private:
    template <typename Kind>
    void add_engine(std::string name, std::unique_ptr<Kind> engine);

    std::vector<Device> devices_;
    std::unique_ptr<CheckedCaptures> checked_;  ///< of the local one
    /// What engines are asked for that instructions() are known of.
    std::map<std::string, std::function<base::Result<Instructions>(const CaptureOptions&)>,
             std::less<>>
        instructing_;
};

}  // namespace xpc::capture
