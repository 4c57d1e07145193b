#pragma once

#include <string>

#include "base/error.hpp"
#include "capture/dialogue.hpp"
#include "capture/ios_xe/device.hpp"

namespace xpc::capture::ios_xe {

/// How much of a capture is removed.
enum class Extent {
    all,
    all_but_file  ///< which is there still to be delivered
};

/// Removes what has that name from the device: the capture point, whether it runs or not, the
/// access lists of both kinds, and the file. It is done when the device shows none of them any
/// more; what it says to each command does not matter, since texts differ, and most of it may not
/// be there. Blocking: as Device::ask(), some times; ten times as long where a switch writes the
/// file still. Errors:   as Device::ask(); device_refused, with what stays and the device's words;
/// timeout where
///           the file is being written all the time.
[[nodiscard]] base::Result<void> clear_from(Device& device, const std::string& name, Extent extent,
                                            Dialogue* dialogue);

}  // namespace xpc::capture::ios_xe
