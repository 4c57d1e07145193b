#pragma once

#include <string>
#include <string_view>

#include "daemon/config.hpp"

namespace xpc::daemon {

/// One key of a [[tls.client]], as ConfigKey is one of a section.
struct ClientKey {
    std::string_view section;
    std::string_view name;
    /// The cause of a refusal, or "".
    std::string (*set)(TlsClient&, const std::string& value);
    bool is_list = false;  ///< then the value is words with commas between them
};

/// Null where there is none. docs/configuration.md has a line for each.
[[nodiscard]] const ClientKey* find_client_key(std::string_view name) noexcept;

/// What the keys together lack; "" for nothing.
[[nodiscard]] std::string incomplete(const TlsClient& client);

}  // namespace xpc::daemon
