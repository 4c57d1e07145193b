#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace xpc::capture {

/// The name that stands for all interfaces of this host.
inline constexpr std::string_view any_interface = "any";

/// A network interface of this host that can be captured from.
struct Interface {
    std::string name;
    int index = 0;  ///< 0 for `any`

    friend bool operator==(const Interface&, const Interface&) = default;
};

/// Finds interfaces by name, more than once: the socket that the kernel is asked by is kept.
/// Threads: any.
class InterfaceFinder {
public:
    /// Errors: Failure, where there is no socket to be had.
    InterfaceFinder();

    /// Errors: no_such_interface; also for a name that no interface can have.
    [[nodiscard]] base::Result<Interface> find(std::string_view name) const;

private:
    base::UniqueFd socket_;
};

/// The same, once.
[[nodiscard]] base::Result<Interface> find_interface(std::string_view name);

/// What the interface of that index is called now; "" when there is none.
[[nodiscard]] std::string interface_name(int index);

}  // namespace xpc::capture
