#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "capture/device_settings.hpp"
#include "daemon/config.hpp"

namespace xpc::daemon {

/// One key of a [[device]], as ConfigKey is one of a section.
struct DeviceKey {
    std::string_view section;
    std::string_view name;
    /// The cause of a refusal, or "".
    std::string (*set)(capture::DeviceSettings&, const std::string& value);
    bool is_of_ssh = false;  ///< means nothing for another way
};

/// Null where there is none. docs/configuration.md has a line for each.
[[nodiscard]] const DeviceKey* find_device_key(std::string_view name) noexcept;

/// A [[device]] that is being read, and the keys that it has.
struct DeviceReading {
    capture::DeviceSettings settings;
    std::vector<std::string> given;
};

/// Takes the secrets that have an environment variable (docs/decisions/0026).
void read_device_secrets(DeviceReading& device, const Environment& environment);

/// ~/.ssh/known_hosts of the user who starts us: later we may be another.
[[nodiscard]] std::filesystem::path usual_known_hosts();

struct DeviceFault {
    std::string key;
    std::string cause;
};

/// What the keys together lack, or contradict; `others` are the devices before it.
[[nodiscard]] std::optional<DeviceFault> complete_device(
    const DeviceReading& device, const std::vector<capture::DeviceSettings>& others);

/// That a file of that content may have been read only by those who may know the passwords in it.
/// Errors: config.
[[nodiscard]] base::Result<void> check_secrecy(std::string_view content, const std::string& path);

}  // namespace xpc::daemon
