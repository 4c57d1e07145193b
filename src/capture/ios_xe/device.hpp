#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "capture/device_settings.hpp"
#include "capture/ios_xe/cli.hpp"
#include "capture/ios_xe/epc_output.hpp"
#include "capture/ios_xe/file_fetch.hpp"
#include "capture/ios_xe/turns.hpp"

namespace xpc::capture::ios_xe {

/// What depends on a device's family and release.
struct Facts {
    Kind kind{};
    std::string place;            ///< where captures are exported to
    std::filesystem::path mount;  ///< where that is seen here; empty: it is not
};

/// A guestshell of 16.x sees the whole disk, since 17.x only the folder guest-share.
[[nodiscard]] Facts facts_of(const Version& version, const DeviceSettings& settings);

/// How often is looked after a device.
struct Pace {
    std::chrono::milliseconds status{1000};    ///< of its captures
    std::chrono::milliseconds exporting{500};  ///< of a file that it writes
};

/// One device: its command line, its files, and what is known of it.
/// Threads: any.
class Device {
public:
    /// `remote` fetches files where they are not seen here; may be missing where they always are.
    Device(DeviceSettings settings, std::unique_ptr<Cli> cli, std::unique_ptr<RemoteFiles> remote,
           Pace pace);

    [[nodiscard]] const DeviceSettings& settings() const noexcept { return settings_; }

    [[nodiscard]] const Pace& pace() const noexcept { return pace_; }

    /// Requested when nobody is to wait for the device any more.
    [[nodiscard]] base::Stop& stop() noexcept { return stop_; }

    /// As Cli::ask(); `patience` 0 is that of the settings. Messages begin with the device's name.
    [[nodiscard]] base::Result<std::string> ask(const Batch& batch, Dialogue* dialogue,
                                                std::chrono::milliseconds patience = {});

    /// Asked for once.
    /// Errors: as Cli::ask(), device_refused.
    [[nodiscard]] base::Result<Facts> facts(Dialogue* dialogue);

    /// Asked for now.
    [[nodiscard]] base::Result<Version> version(Dialogue* dialogue);

    /// When it was started, to two minutes, as of the last version(); nothing where it did not say.
    [[nodiscard]] std::optional<base::Deadline> booted() const { return booted_.copy(); }

    /// The whole of a file on the device's disk, which has so many bytes there.
    /// Errors: Failure.
    [[nodiscard]] base::UniqueFd fetch(const Facts& facts, const std::string& file,
                                       std::uint64_t bytes, Dialogue* dialogue);

    /// Whether fetch() can work. Asked until it was so once; where files are seen here, never.
    /// Errors: as RemoteFiles::probe(), facts().
    [[nodiscard]] base::Result<void> check_files();

    /// Whether check_files() has nothing to ask any more.
    [[nodiscard]] bool gives_files() const noexcept { return gives_files_; }

    /// With the device's name in front.
    [[nodiscard]] base::Error told(base::Errc errc, std::string_view message) const;

private:
    DeviceSettings settings_;
    std::unique_ptr<Cli> cli_;
    std::unique_ptr<RemoteFiles> remote_;
    Pace pace_;
    base::Stop stop_;
    Turns asking_;  ///< for facts_
    base::Guarded<std::optional<Facts>> facts_;
    base::Guarded<std::optional<base::Deadline>> booted_;
    std::atomic<bool> gives_files_ = false;
};

}  // namespace xpc::capture::ios_xe
