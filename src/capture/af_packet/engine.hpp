#pragma once

#include <cstddef>

#include "capture/af_packet/taps.hpp"
#include "capture/engine.hpp"
#include "capture/instructions.hpp"

namespace xpc::capture::af_packet {

/// Engine `linux`: the interfaces of this host.
class LinuxEngine final : public Engine {
public:
    /// `ring_bytes` is the memory between the kernel and all taps together, `readers` how many taps
    /// an interface has; 0: as its speed and the machine's cores ask for.
    LinuxEngine(std::size_t ring_bytes, std::size_t readers)
        : taps_(ring_bytes), readers_(readers) {}

    [[nodiscard]] base::Result<Description> check(const CaptureOptions& options) const override;
    /// The program for the kernel.
    /// Errors: as check().
    // NOLINTNEXTLINE(readability-convert-member-functions-to-static): asked as that of a device
    [[nodiscard]] base::Result<Instructions> instructions(const CaptureOptions& options);
    [[nodiscard]] bool has_room(const std::string& interface) override;
    [[nodiscard]] std::vector<std::unique_ptr<Capture>> open(
        const CaptureOptions& options) override;

    void prepare() override { taps_.prepare(); }

private:
    [[nodiscard]] std::size_t readers_of(const Interface& interface) const;

    Taps taps_;
    std::size_t readers_;
};

}  // namespace xpc::capture::af_packet
