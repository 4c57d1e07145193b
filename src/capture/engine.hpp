#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/stop.hpp"
#include "capture/filter.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture {

struct CaptureOptions {
    std::string interface;
    Filter filter;
    std::uint32_t snaplen = 262'144;
};

/// What the frames of a capture are, for the file that will hold them.
struct Description {
    std::string interface;
    pcap::LinkType link_type{};
    std::uint32_t snaplen = 0;
    std::string filter;          ///< in the language of pcap-filter(7); empty: every frame
    bool hardware_time = false;  ///< stamped by the interface, not by the kernel
};

/// When frames began to be accepted, on both clocks.
struct Began {
    base::WallTime at;
    base::Deadline on;
};

enum class EndReason {
    stopped,  ///< by finish()
    full,     ///< the consumer wanted no more
    device    ///< the interface went away, down, or got another name
};

struct End {
    EndReason reason{};
    base::WallTime at;    ///< no frame that arrived later is in the capture
    std::string message;  ///< why, where the reason is the device
};

/// One job's part in what is captured from one interface.
/// Threads: all calls by one thread, which may be another one than the consumer is called on.
class Capture {
public:
    virtual ~Capture() = default;

    [[nodiscard]] virtual const Description& description() const noexcept = 0;

    /// The same for captures whose consumers are given the same frames, by the same thread, each
    /// frame to one after the other; while both go on.
    [[nodiscard]] virtual const std::string& identity() const noexcept = 0;

    /// From now on `consumer`, which outlives this capture, is given every frame that arrives.
    /// Errors: Failure, when the filter can not be set.
    virtual Began start(pcap::FrameConsumer& consumer) = 0;

    /// Requested when the capture has ended without finish().
    [[nodiscard]] virtual const base::Stop& ended() const noexcept = 0;

    /// Ends it. When this returns, the consumer was given all frames that had arrived, and gets no
    /// more; those that it was shown + those dropped that it was told of is exactly what the device
    /// counted. Once only.
    /// Blocking: until the kernel hands over what it has, 20 ms; 1 s on a machine that is very
    ///           busy, and then what is missing counts as dropped.
    [[nodiscard]] virtual End finish() = 0;

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

    /// What a capture with these options would be, as far as that is known before: the interface
    /// exists, the filter can be done.
    /// Errors: no_such_interface with field "interface", invalid_value.
    [[nodiscard]] virtual base::Result<Description> check(const CaptureOptions& options) const = 0;

    /// Whether there is memory for a capture on this interface now.
    [[nodiscard]] virtual bool has_room(const std::string& interface) = 0;

    /// Makes ready to capture: one capture, or several, each with its part of the interface's
    /// traffic, all frames of a flow in the same.
    /// Errors: Failure: no_such_interface, permission, no_memory, device.
    [[nodiscard]] virtual std::vector<std::unique_ptr<Capture>> open(
        const CaptureOptions& options) = 0;

    /// Nothing is captured now: whatever makes the next capture begin sooner may be done.
    virtual void prepare() = 0;

    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    Engine(Engine&&) = delete;
    Engine& operator=(Engine&&) = delete;

protected:
    Engine() = default;
};

}  // namespace xpc::capture
