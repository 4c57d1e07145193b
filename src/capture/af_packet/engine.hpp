#pragma once

#include "capture/engine.hpp"

namespace xpc::capture::af_packet {

/// Engine `linux`: the interfaces of this host.
class LinuxEngine final : public Engine {
public:
    [[nodiscard]] base::Result<void> check(const CaptureOptions& options) const override;
    [[nodiscard]] std::unique_ptr<Capture> open(const CaptureOptions& options) const override;
};

}  // namespace xpc::capture::af_packet
