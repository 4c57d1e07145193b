#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/unique_fd.hpp"
#include "capture/ios_xe/cli.hpp"

namespace xpc::capture::ios_xe {

/// Files of a device that is somewhere else.
class RemoteFiles {
public:
    virtual ~RemoteFiles() = default;

    /// Writes the whole of the file, which has so many bytes, into `into`, in small pieces.
    /// Errors: Failure: device_lost, timeout, cancelled, device_refused with the device's words;
    ///         disk_full, io of this side.
    virtual void fetch(const std::string& path, std::uint64_t bytes, base::Fd into,
                       const Asking& asking) = 0;

    /// Whether it gives files at all: asks for one, which need not be there.
    /// Errors: Failure: device_refused, device_login; as fetch().
    virtual void probe(const std::string& path, const Asking& asking) = 0;

    RemoteFiles(const RemoteFiles&) = delete;
    RemoteFiles& operator=(const RemoteFiles&) = delete;
    RemoteFiles(RemoteFiles&&) = delete;
    RemoteFiles& operator=(RemoteFiles&&) = delete;

protected:
    RemoteFiles() = default;
};

/// A file that is seen here, where it has as many bytes as on the device.
/// Errors: Failure: device_file when it has not, or is not there.
[[nodiscard]] base::UniqueFd open_mounted(const std::filesystem::path& file, std::uint64_t bytes);

/// One without a name, in that folder, or where it is empty in the system's.
/// Errors: Failure.
[[nodiscard]] base::UniqueFd temporary_file(const std::filesystem::path& folder);

}  // namespace xpc::capture::ios_xe
