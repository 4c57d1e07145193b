#pragma once

#include <memory>
#include <string>

#include "capture/engine.hpp"
#include "capture/ios_xe/point.hpp"
#include "capture/ios_xe/watch.hpp"
#include "pcap/frame_reader.hpp"

namespace xpc::capture::ios_xe {

/// A capture on a device. Its frames come when it is finished, all of them; until then its consumer
/// hears nothing.
class DeviceCapture final : public Capture {
public:
    /// What is on the device already.
    enum class Left {
        nothing,  ///< it is configured, and start() starts it
        capture,  ///< it was started by another process
        file      ///< and exported, and is gone itself
    };

    DeviceCapture(Device& device, Watch& watch, CapturePoint point, Description description,
                  Left left);

    /// Lets go of what runs on the device; what was never started is removed.
    ~DeviceCapture() override;
    DeviceCapture(const DeviceCapture&) = delete;
    DeviceCapture& operator=(const DeviceCapture&) = delete;
    DeviceCapture(DeviceCapture&&) = delete;
    DeviceCapture& operator=(DeviceCapture&&) = delete;

    [[nodiscard]] const Description& description() const noexcept override { return description_; }

    [[nodiscard]] const std::string& identity() const noexcept override { return identity_; }

    Began start(pcap::FrameConsumer& consumer) override;

    [[nodiscard]] const base::Stop& ended() const noexcept override { return watched_->ended; }

    [[nodiscard]] End finish() override;

private:
    struct Shown {
        std::uint64_t frames = 0;
        base::WallTime last;
        bool is_full = false;
        std::string damage;  ///< of the file, for people
    };

    [[nodiscard]] End fetch_all();
    [[nodiscard]] Shown show(pcap::FrameReader& reader, const Counts& counts);
    [[nodiscard]] bool show_batch(std::span<const pcap::FrameView> frames, Shown& shown,
                                  std::uint64_t dropped);
    [[nodiscard]] End ending(const Counts& counts, std::uint64_t file_bytes) const;

    Device& device_;
    Watch& watch_;
    CapturePoint point_;
    Description description_;
    std::string identity_;
    Left left_;
    bool is_started_ = false;
    pcap::FrameConsumer* consumer_ = nullptr;
    Began began_{};
    Watched::Seen seen_;  ///< when it was finished
    std::shared_ptr<Watched> watched_ = std::make_shared<Watched>();
};

}  // namespace xpc::capture::ios_xe
