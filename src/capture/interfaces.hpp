#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace xpc::capture {

/// The name that stands for all interfaces of this host.
inline constexpr std::string_view any_interface = "any";

/// A network interface of this host that can be captured from.
struct Interface {
    std::string name;
    int index = 0;  ///< 0 for `any`
};

/// Errors: no_such_interface; also for a name that no interface can have.
[[nodiscard]] base::Result<Interface> find_interface(std::string_view name);

/// What the interface of that index is called now; "" when there is none.
[[nodiscard]] std::string interface_name(int index);

}  // namespace xpc::capture
