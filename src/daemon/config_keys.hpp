#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/config.hpp"

namespace xpc::daemon {

/// One key: where it stands, and how its value, as text, gets into the Config.
struct ConfigKey {
    std::string_view section;
    std::string_view name;
    /// The cause of a refusal, or "".
    std::string (*set)(Config&, const std::string& value);
    bool is_list = false;  ///< then the value is words with commas between them
};

/// All keys that there are. docs/configuration.md has a line for each.
[[nodiscard]] std::span<const ConfigKey> config_keys() noexcept;

}  // namespace xpc::daemon
