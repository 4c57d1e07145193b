#pragma once

#include <string>
#include <string_view>

#include "capture/device_settings.hpp"

// NOLINTNEXTLINE(bugprone-reserved-identifier): libssh2's, which appears in no header
struct _LIBSSH2_SESSION;

namespace xpc::capture::ios_xe {

/// "SHA256:" and the digest in base64 without padding, as ssh-keygen(1) shows it.
[[nodiscard]] std::string fingerprint_of(std::string_view key);

/// Checks the key that the device has shown against the settings' fingerprint, or known_hosts.
/// Errors: Failure(device_host_key): what to configure where it is unknown; that it has changed.
void check_host_key(_LIBSSH2_SESSION* session, const DeviceSettings& settings);

}  // namespace xpc::capture::ios_xe
