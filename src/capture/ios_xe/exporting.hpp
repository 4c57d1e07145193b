#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "capture/dialogue.hpp"
#include "capture/ios_xe/device.hpp"

namespace xpc::capture::ios_xe {

/// A switch writes the file of a capture while it does other things, and goes on with that when the
/// capture is gone, or when another export to the same file begins. Waits until it does not.
/// Returns:  what the device said then of the export and of the file.
/// Blocking: ten times as long as for an answer.
/// Errors:   as Device::ask(); timeout where the export does not end.
[[nodiscard]] base::Result<std::string> await_quiet(Device& device, const std::string& name,
                                                    const Facts& facts, Dialogue* dialogue);

/// Waits until the export, which was shown like that, is to be looked at again.
/// Errors: cancelled; timeout when the deadline has come.
[[nodiscard]] base::Result<void> await_next_look(Device& device, base::Deadline deadline,
                                                 std::string_view shown);

}  // namespace xpc::capture::ios_xe
