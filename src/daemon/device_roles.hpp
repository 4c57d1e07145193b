#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "capture/engines.hpp"
#include "daemon/config.hpp"
#include "daemon/data_dir.hpp"
#include "job/devices.hpp"

namespace xpc::daemon {

/// The device that is captured from by processes that IOS starts, if there is one.
[[nodiscard]] std::optional<std::string> device_by_dohost(const Config& config);

/// The devices as configured; what is fetched from them is for a moment in the spool's folder,
/// which has the room that the capture needs anyway.
[[nodiscard]] std::vector<capture::DeviceSettings> devices_with_scratch(const Config& config,
                                                                        const DataDir& data_dir);

/// Which devices a server captures from itself: all, but for one that only workers reach.
[[nodiscard]] job::DevicesOptions devices_of_server(const Config& config,
                                                    const capture::Engines& engines,
                                                    DataDir& data_dir);

/// And a worker: only that one.
[[nodiscard]] job::DevicesOptions devices_of_worker(const Config& config,
                                                    const capture::Engines& engines,
                                                    const DataDir& data_dir);

/// Whether there has been a worker in the last minutes.
/// Errors: not_ready, with what there is to be done; `cause` is why this process is none, and
///         names the device.
[[nodiscard]] base::Result<void> worker_is_there(const std::filesystem::path& data_dir,
                                                 const std::string& cause);

}  // namespace xpc::daemon
