#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/guarded.hpp"
#include "capture/device_settings.hpp"
#include "capture/engine.hpp"
#include "capture/instructions.hpp"
#include "capture/ios_xe/device.hpp"
#include "capture/ios_xe/watch.hpp"

namespace xpc::capture::ios_xe {

/// Engine `iosxe`: Embedded Packet Capture of one device.
class IosXeEngine final : public Engine {
public:
    /// Speaks to nobody yet.
    /// Errors: Failure(config) for settings that no device can have.
    explicit IosXeEngine(const DeviceSettings& settings);

    /// To a device by another way.
    IosXeEngine(const DeviceSettings& settings, std::unique_ptr<Cli> cli,
                std::unique_ptr<RemoteFiles> remote, Pace pace);

    [[nodiscard]] base::Result<Description> check(const CaptureOptions& options) const override;

    /// What a device is told before the start, and the start. As to a router, where the device does
    /// not say that it is none.
    [[nodiscard]] base::Result<Instructions> instructions(const CaptureOptions& options);

    /// The device itself says whether it has, when it is asked to begin.
    [[nodiscard]] bool has_room(const std::string& /*interface*/) override { return true; }

    [[nodiscard]] std::vector<std::unique_ptr<Capture>> open(
        const CaptureOptions& options) override;

    [[nodiscard]] bool outlives_us() const noexcept override { return true; }

    [[nodiscard]] std::string capture_name(std::int64_t job_number) const override {
        return device_.settings().mark + std::to_string(job_number);
    }

    [[nodiscard]] std::size_t most_captures() const noexcept override {
        return device_.settings().most_captures;
    }

    [[nodiscard]] base::Result<void> readiness() override;
    [[nodiscard]] std::unique_ptr<Capture> resume(const CaptureOptions& options) override;
    [[nodiscard]] base::Result<void> clear(const std::string& name, Dialogue* dialogue) override;
    [[nodiscard]] base::Result<std::vector<std::string>> sweep(
        std::span<const std::string> kept) override;

    void interrupt() noexcept override { device_.stop().request(); }

    void prepare() override {}

private:
    /// What was found last, and until when that holds.
    struct Readiness {
        base::Result<void> found;
        base::Deadline until;
    };

    Device device_;
    base::Guarded<std::optional<Readiness>> readiness_;
    Watch watch_;  // last: its thread uses the device
};

}  // namespace xpc::capture::ios_xe
