#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "capture/ios_xe/clearing.hpp"
#include "capture/ios_xe/device.hpp"
#include "capture/ios_xe/epc_commands.hpp"

namespace xpc::capture::ios_xe {

/// One capture point on a device, step by step.
/// Errors:   Failure of all: what the device refuses (device_refused, device_acl_lost,
///           device_flash_full, with its own words), as Cli::ask(); device where the capture is not
///           there (any more), device_reloaded where that is why; device_lost for an answer that
///           breaks off, or is unknown; device_file for a file that is not what the device says.
/// Blocking: until the device answers, as long as its settings say; exporting and fetching ten
///           times as long, and what is large takes longer.
/// Threads:  one.
class CapturePoint {
public:
    /// `began_at`: when it began to capture, if another process has seen that.
    /// Lifetime: the device outlives it.
    CapturePoint(Device& device, Plan plan, Dialogue* dialogue,
                 std::optional<base::WallTime> began_at = std::nullopt);

    [[nodiscard]] const Plan& plan() const noexcept { return plan_; }

    [[nodiscard]] const Facts& facts() const noexcept { return facts_; }

    /// Returns: the long name of its interface.
    std::string configure();

    void start();

    /// What the device shows of it; nothing where it is not there.
    [[nodiscard]] std::optional<Point> look();

    struct Stopped {
        Counts counts;
        /// Whether the access list is there still; where that can not be told, it is.
        bool has_acl = true;
    };

    /// What is not active is no error.
    [[nodiscard]] Stopped stop();

    /// Whether it is known to have captured something.
    [[nodiscard]] bool has_captured();

    /// Anew, whatever was exported before.
    /// Returns: the bytes of the file, when the device has written all of it.
    [[nodiscard]] std::uint64_t export_file();

    /// The bytes of the file on the device; nothing where it is not there.
    [[nodiscard]] std::optional<std::uint64_t> file_size();

    /// The file, whose size has not changed meanwhile.
    [[nodiscard]] base::UniqueFd fetch(std::uint64_t bytes);

    /// As clear_from().
    void clear(Extent extent);

    /// Why it is not there.
    [[nodiscard]] base::Failure loss();

private:
    [[nodiscard]] std::string ask(const Batch& batch, std::chrono::milliseconds patience = {});
    [[nodiscard]] base::Failure refused(std::string_view what, std::string_view answer) const;
    [[nodiscard]] std::optional<Point> own_point(std::string_view answer) const;
    void prepare();
    [[nodiscard]] std::uint64_t await_export(bool is_complete);
    [[nodiscard]] base::Failure failed_export(const std::string& answer) const;

    Device& device_;
    Plan plan_;
    Dialogue* dialogue_;
    Facts facts_;
    std::optional<base::Deadline> booted_;  ///< before the capture, where began_at_ is ours
    std::optional<base::WallTime> began_at_;
};

}  // namespace xpc::capture::ios_xe
