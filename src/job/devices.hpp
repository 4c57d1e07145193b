#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/engines.hpp"
#include "job/device_keeper.hpp"

namespace xpc::job {

struct DevicesOptions {
    DeviceKeeperOptions keeper;
    /// The devices that another process captures from, and why that can not be now, if so.
    std::map<std::string, std::function<base::Result<void>()>, std::less<>> elsewhere;
};

/// The devices whose captures outlive us: which of them this process captures from, and whether it
/// can now. This host is none of them.
/// Threads: any, but for the constructor and the destructor.
class Devices {
public:
    Devices(const capture::Engines& engines, Store& store, DevicesOptions options,
            const std::function<void()>& on_change);

    [[nodiscard]] bool empty() const noexcept { return keepers_.empty() && !has_elsewhere(); }

    [[nodiscard]] bool has_elsewhere() const noexcept { return !options_.elsewhere.empty(); }

    [[nodiscard]] bool is_elsewhere(std::string_view device) const {
        return options_.elsewhere.contains(device);
    }

    /// Whether captures of that device outlive us, here or elsewhere.
    [[nodiscard]] bool outlive_us(std::string_view device) const {
        return keepers_.contains(device) || is_elsewhere(device);
    }

    /// Whether a capture can begin on that device. Blocking: it may be asked.
    /// Errors: what is missing.
    [[nodiscard]] base::Result<void> readiness(const std::string& device) const;

    /// Those on which no capture can begin here and now.
    [[nodiscard]] std::vector<std::string> not_startable() const;

    /// Notes that the job's capture may be on its device from now on.
    void note(const Job& job);

    /// The jobs in the store have changed.
    void look_again();

    /// Somebody has found that device to be away.
    void doubt(std::string_view device);

    /// Somebody has captured from it.
    void notice_reached(std::string_view device);

    /// Why no capture can begin on that device now; nothing where one can, or it is this host.
    [[nodiscard]] std::optional<base::Error> obstacle(std::string_view device) const;

    /// Whether a capture can begin there, from this process.
    [[nodiscard]] bool may_start(std::string_view device) const;

    /// The devices of this process that could not be reached for so long, and why.
    [[nodiscard]] std::map<std::string, base::Error> lasting_obstacles(
        std::chrono::milliseconds longest) const;

    /// Whether the keepers have done what there is to be done.
    [[nodiscard]] bool are_settled() const;

    /// What is missing, of each device that can not be captured from.
    [[nodiscard]] std::vector<base::Error> obstacles() const;

private:
    const capture::Engines& engines_;
    Store& store_;
    DevicesOptions options_;
    std::map<std::string, std::unique_ptr<DeviceKeeper>, std::less<>> keepers_;
};

}  // namespace xpc::job
