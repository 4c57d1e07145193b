#pragma once

#include <cstdint>
#include <string>

namespace xpc::daemon {

/// A set of capabilities, bit N for number N of linux/capability.h.
using Capabilities = std::uint64_t;

[[nodiscard]] constexpr Capabilities capability(unsigned number) noexcept {
    return Capabilities{1} << number;
}

/// What this thread may use, or take up again. Errors: Failure.
[[nodiscard]] Capabilities permitted_capabilities();

/// The permitted ones that are in `kept`, and no others, in any set: no program that is started has
/// one, whoever runs it, and nothing brings one back. Errors: Failure.
/// Threads: of this one, and of those that it starts.
void keep_only(Capabilities kept);

/// From now on a change of the user leaves the permitted capabilities as they are, and a program
/// has none for being root's. Without CAP_SETPCAP only the former. Errors: Failure.
void separate_from_user();

/// "net_raw,net_bind_service", "none", for people.
[[nodiscard]] std::string names_of(Capabilities held);

}  // namespace xpc::daemon
