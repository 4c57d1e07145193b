#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/stop.hpp"
#include "capture/filter.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture {

struct CaptureOptions {
    std::string interface;
    Filter filter;
    std::uint32_t snaplen = 262'144;
    std::size_t ring_bytes = 0;  ///< memory between the kernel and us
};

enum class EndReason { deadline, stopped, device };

struct End {
    EndReason reason{};
    base::WallTime at;    ///< no frame that arrived later is in the capture
    std::string message;  ///< why, where the reason is the device
};

/// A capture that goes on from its construction to its destruction; frames wait in the ring until
/// run() fetches them.
/// Threads: all calls by one thread.
class Capture {
public:
    virtual ~Capture() = default;

    [[nodiscard]] virtual pcap::LinkType link_type() const noexcept = 0;

    /// When frames began to be accepted, on both clocks.
    [[nodiscard]] virtual base::WallTime began_at() const noexcept = 0;
    [[nodiscard]] virtual base::Deadline began() const noexcept = 0;

    /// Gives every frame to `consumer` until `deadline`, `stop`, or the end of the device, and then
    /// those that had arrived before. Afterwards frames accepted + ring drops told to the consumer
    /// is exactly what the device counted.
    /// Errors: Failure, when the capture can not go on.
    [[nodiscard]] virtual End run(pcap::FrameConsumer& consumer, const base::Stop& stop,
                                  base::Deadline deadline) = 0;

    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    Capture(Capture&&) = delete;
    Capture& operator=(Capture&&) = delete;

protected:
    Capture() = default;
};

/// The code for one kind of device.
/// Threads: any.
class Engine {
public:
    virtual ~Engine() = default;

    /// Whether a capture with these options can be asked for: the interface exists, the filter can
    /// be done.
    /// Errors: no_such_interface with field "interface", invalid_value.
    [[nodiscard]] virtual base::Result<void> check(const CaptureOptions& options) const = 0;

    /// Begins to capture.
    /// Errors: Failure: no_such_interface, permission, no_memory, device.
    [[nodiscard]] virtual std::unique_ptr<Capture> open(const CaptureOptions& options) const = 0;

    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    Engine(Engine&&) = delete;
    Engine& operator=(Engine&&) = delete;

protected:
    Engine() = default;
};

}  // namespace xpc::capture
