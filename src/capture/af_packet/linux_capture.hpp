#pragma once

#include <memory>
#include <string>

#include "capture/af_packet/subscription.hpp"
#include "capture/af_packet/tap.hpp"
#include "capture/engine.hpp"

namespace xpc::capture::af_packet {

/// A subscription to the tap of an interface.
class LinuxCapture final : public Capture {
public:
    LinuxCapture(std::shared_ptr<Tap> tap, Description description, Program program);
    ~LinuxCapture() override;
    LinuxCapture(const LinuxCapture&) = delete;
    LinuxCapture& operator=(const LinuxCapture&) = delete;
    LinuxCapture(LinuxCapture&&) = delete;
    LinuxCapture& operator=(LinuxCapture&&) = delete;

    [[nodiscard]] const Description& description() const noexcept override { return description_; }

    [[nodiscard]] const std::string& identity() const noexcept override { return identity_; }

    Began start(pcap::FrameConsumer& consumer) override;

    [[nodiscard]] const base::Stop& ended() const noexcept override {
        return subscription_.ended();
    }

    [[nodiscard]] End finish() override;

private:
    std::shared_ptr<Tap> tap_;
    Description description_;
    Subscription subscription_;
    std::string identity_;
    bool is_started_ = false;
};

}  // namespace xpc::capture::af_packet
