#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace xpc::capture::ios_xe {

/// Of a job's number, behind the mark.
inline constexpr std::size_t name_digits = 6;

/// Whether a capture point and an access list may have this name: letters, digits and underscores,
/// eight at most, a letter first.
[[nodiscard]] bool is_capture_name(std::string_view name) noexcept;

/// Whether something on a device is ours: the mark and six digits.
[[nodiscard]] bool is_ours(std::string_view name, std::string_view mark) noexcept;

/// The file that a capture is exported to.
[[nodiscard]] std::string file_name(std::string_view capture);

/// Whether it is a place on a device's disk: "flash:", "bootflash:guest-share/".
[[nodiscard]] bool is_place(std::string_view place) noexcept;

/// The pseudo-interface of what is sent to the device itself.
inline constexpr std::string_view control_plane = "control-plane";

/// An interface in any form that IOS takes ("Gi1", "GigabitEthernet 1/0/1.100", "Port-channel2"),
/// or control_plane.
/// Errors: invalid_value with field "interface": the name could not be one, and is not shown to a
///         device.
[[nodiscard]] base::Result<void> check_interface(std::string_view name);

}  // namespace xpc::capture::ios_xe
