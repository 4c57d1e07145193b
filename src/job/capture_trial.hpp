#pragma once

#include <string>

namespace xpc::job {

/// Begins to capture from an interface of this host, and ends that at once: nothing else tells for
/// sure that it can be done. Returns that, in words.
/// Errors: Failure: no_such_interface, permission, no_memory, device.
[[nodiscard]] std::string try_capture(const std::string& interface);

}  // namespace xpc::job
