#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "base/wakeup.hpp"
#include "capture/engine.hpp"
#include "job/store.hpp"

namespace xpc::job {

struct DeviceKeeperOptions {
    std::filesystem::path transcript_dir;
    bool looks_when_idle = true;  ///< else it speaks to the device only when there is a need
    std::chrono::milliseconds between_tries = std::chrono::seconds(10);  ///< while it is away
    std::chrono::milliseconds between_looks = std::chrono::minutes(1);
    /// After a refusal that no repetition heals (a login), unless a job wants the device: devices
    /// lock users who are refused too often.
    std::chrono::milliseconds after_refusal = std::chrono::minutes(10);
};

/// Knows whether a device whose captures outlive us can be reached, and removes from it what no job
/// needs any more: once all of ours that is left over, then what each job leaves. On a thread of
/// its own, since a device may take its time. Lifetime: engine and store outlive it. Threads:  any,
/// but for the destructor, which waits for what is being said to the device.
class DeviceKeeper {
public:
    /// `on_change` is called when the others below may give something else; it must not block.
    DeviceKeeper(std::string device, capture::Engine& engine, Store& store,
                 DeviceKeeperOptions options, std::function<void()> on_change);
    ~DeviceKeeper();
    DeviceKeeper(const DeviceKeeper&) = delete;
    DeviceKeeper& operator=(const DeviceKeeper&) = delete;
    DeviceKeeper(DeviceKeeper&&) = delete;
    DeviceKeeper& operator=(DeviceKeeper&&) = delete;

    /// The jobs in the store have changed.
    void look_again();

    /// Somebody has found the device to be away.
    void doubt();

    /// Somebody has captured from it: if there was an obstacle, there is none any more.
    void notice_reached();

    /// Whether a capture can begin now; or fails at once, where the device refuses us for good.
    [[nodiscard]] bool may_start() const { return state_.copy().may_start; }

    /// Why not, as far as that has been found out.
    [[nodiscard]] std::optional<base::Error> obstacle() const { return state_.copy().obstacle; }

    /// The obstacle that may pass, if there has been one for so long.
    [[nodiscard]] std::optional<base::Error> lasting_obstacle(
        std::chrono::milliseconds longest) const;

    /// Whether all that it was told of is done, or can not be done now.
    [[nodiscard]] bool is_settled() const;

private:
    struct State {
        bool may_start = false;
        std::optional<base::Error> obstacle;
        base::Deadline away_since;  ///< where there is an obstacle
        bool is_doubted = false;
        std::uint64_t asked = 1;  ///< how often it was to look
        std::uint64_t looked = 0;
    };

    void work();
    [[nodiscard]] base::Deadline look();
    void note(const base::Result<void>& found);
    [[nodiscard]] base::Result<void> set_right(const std::vector<DeviceCapture>& unneeded);
    [[nodiscard]] base::Result<void> sweep();
    [[nodiscard]] base::Result<void> clear(const DeviceCapture& capture);
    [[nodiscard]] std::vector<std::string> needed_names();
    [[nodiscard]] std::vector<DeviceCapture> unneeded_captures();

    std::string device_;
    capture::Engine& engine_;
    Store& store_;
    DeviceKeeperOptions options_;
    std::function<void()> on_change_;
    base::Deadline look_at_;  ///< the thread's, as all up to state_
    base::Deadline looked_at_;
    bool is_refused_ = false;
    bool is_swept_ = false;
    std::set<std::string> refused_;  ///< names that the device did not remove the last time
    base::Guarded<State> state_;
    base::Wakeup wakeup_;
    base::Stop stop_;
    std::jthread thread_;  // last: it uses the members above
};

}  // namespace xpc::job
