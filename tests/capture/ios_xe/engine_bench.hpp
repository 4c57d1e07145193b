#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "capture/dialogue.hpp"
#include "capture/engine.hpp"
#include "capture/ios_xe/engine.hpp"
#include "capture/ios_xe/scripted_device.hpp"
#include "pcap/frame.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::tests {

/// Keeps the account of what it is given.
class Counter final : public pcap::FrameConsumer {
public:
    explicit Counter(std::size_t most = SIZE_MAX) : most_(most) {}

    pcap::Taken accept(std::span<const pcap::FrameView> frames) override {
        const auto taken = std::min(frames.size(), most_ - taken_);
        for (const auto& frame : frames.first(taken)) {
            bytes += frame.captured_bytes;
            last = frame.when;
        }
        taken_ += taken;
        return {.frames = taken, .is_full = taken < frames.size() || taken_ == most_};
    }

    [[nodiscard]] bool has_room(std::size_t /*bytes*/) const override { return true; }

    void batch_done(const pcap::SourceCounts& now) override { counts = now; }

    [[nodiscard]] std::size_t taken() const { return taken_; }

    std::uint64_t bytes = 0;
    base::WallTime last;
    pcap::SourceCounts counts;

private:
    std::size_t most_;
    std::size_t taken_ = 0;
};

class Kept final : public capture::Dialogue {
public:
    void said(std::string_view command) noexcept override { commands.emplace_back(command); }

    void answered(std::string_view /*text*/) noexcept override {}

    std::vector<std::string> commands;
};

/// A device, and an engine for it.
struct Bench {
    Bench() { device.disk = folder.path(); }

    [[nodiscard]] std::unique_ptr<capture::ios_xe::IosXeEngine> engine() {
        capture::DeviceSettings settings;
        settings.name = "r1";
        settings.mount = folder.path();
        settings.timeout = std::chrono::milliseconds(500);
        return std::make_unique<capture::ios_xe::IosXeEngine>(
            settings, std::make_unique<ScriptedCli>(device), nullptr,
            capture::ios_xe::Pace{.status = std::chrono::milliseconds(5),
                                  .exporting = std::chrono::milliseconds(5)});
    }

    [[nodiscard]] static capture::CaptureOptions options(
        std::chrono::seconds duration = std::chrono::seconds(60)) {
        capture::CaptureOptions options;
        options.interface = "Gi1";
        options.name = "XP100001";
        options.filter.protocol = capture::Protocol::udp;
        options.duration = duration;
        options.buffer_mib = 10;
        return options;
    }

    [[nodiscard]] bool is_clean() {
        const std::lock_guard lock(device.mutex);
        return device.points.empty() && device.lists.empty() &&
               std::filesystem::is_empty(folder.path());
    }

    ScratchFolder folder;
    ScriptedDevice device;
};

/// What the call throws.
template <typename Call>
base::Error error_of(Call call) {
    try {
        call();
    } catch (const base::Failure& failure) {
        return failure.error();
    }
    return {.errc = base::Errc::internal, .message = "nothing was thrown", .field = {}};
}

inline bool ends_within(const capture::Capture& capture, std::chrono::milliseconds most) {
    const base::Stop none;
    return base::wait(capture.ended().fd(), none, base::in(most)) == base::Woken::ready;
}

}  // namespace xpc::tests
