#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "capture/ios_xe/device.hpp"
#include "capture/ios_xe/epc_commands.hpp"

namespace xpc::capture::ios_xe {

/// One capture point on a device, step by step.
/// Errors:   Failure of all: what the device refuses (device_refused, device_acl_lost,
///           device_flash_full, with its own words), as Cli::ask(); device where the capture is not
///           there (any more), device_reloaded where that is why; device_file for a file that is
///           not what the device says.
/// Blocking: until the device answers, as long as its settings say; exporting and fetching ten
/// times
///           as long, and what is large takes longer.
/// Threads:  one.
class CapturePoint {
public:
    /// Lifetime: the device outlives it.
    CapturePoint(Device& device, Plan plan, Dialogue* dialogue);

    [[nodiscard]] const Plan& plan() const noexcept { return plan_; }

    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }

    /// Returns: the long name of its interface.
    std::string configure();

    void start();

    /// What the device shows of it; nothing where it is not there.
    [[nodiscard]] std::optional<Point> look();

    /// What is not active is no error.
    /// Returns: what was counted.
    [[nodiscard]] Counts stop();

    /// Whether it is known to have captured nothing yet.
    [[nodiscard]] bool is_unused();

    /// Whether its access list is there still; where that can not be told, it is.
    [[nodiscard]] bool has_acl();

    /// Anew, whatever was exported before.
    /// Returns: the bytes of the file, when the device has written all of it.
    [[nodiscard]] std::uint64_t export_file();

    /// The bytes of the file on the device; nothing where it is not there.
    [[nodiscard]] std::optional<std::uint64_t> file_size();

    /// The file, whose size has not changed meanwhile.
    [[nodiscard]] base::UniqueFd fetch(std::uint64_t bytes);

    /// The capture and its list, and the file too where that is asked for. What is not there is no
    /// error.
    void remove(bool with_file);

    /// Why it is not there.
    [[nodiscard]] base::Failure loss();

private:
    [[nodiscard]] std::string ask(const Batch& batch, std::chrono::milliseconds patience = {});
    [[nodiscard]] base::Failure refused(std::string_view what, std::string_view answer) const;
    void check_room();
    [[nodiscard]] std::uint64_t await_export(bool is_complete);

    Device& device_;
    Plan plan_;
    Dialogue* dialogue_;
    Facts facts_;
    std::optional<base::Deadline> booted_;  ///< before the capture
};

}  // namespace xpc::capture::ios_xe
