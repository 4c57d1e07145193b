#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/stop.hpp"
#include "capture/dialogue.hpp"
#include "capture/filter.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture {

struct CaptureOptions {
    std::string interface;
    Filter filter;
    std::uint32_t snaplen = 262'144;
    std::string name;                      ///< on a device that gives captures names; ≤ 8 letters
    std::chrono::milliseconds duration{};  ///< after which the device ends it, if nobody else does
    std::uint32_t buffer_mib = 0;          ///< the device's; 0: as much as it can
    bool circular = false;                 ///< that buffer keeps the last packets, not the first
    std::uint32_t packets_per_second = 0;  ///< at most; 0: all
    /// For resume(): since when it captures, where it was seen to.
    std::optional<base::WallTime> began_at;
    Dialogue* dialogue = nullptr;  ///< outlives the capture; may be missing
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
    base::WallTime at;                     ///< no frame that arrived later is in the capture
    std::string message;                   ///< why, where the reason is the device
    base::Errc errc = base::Errc::device;  ///< what kind of why
    /// What the user should know of a capture that has not failed.
    std::vector<base::Error> notes;
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

    /// Ends it, and of a device fetches what it captured. When this returns, the consumer was given
    /// all frames that had arrived, and gets no more; those that it was shown + those dropped that
    /// it was told of is exactly what the device counted. Once only. Blocking: until the kernel
    /// hands over what it has, 20 ms; 1 s on a machine that is very
    ///           busy, and then what is missing counts as dropped. A device needs minutes.
    /// Errors: Failure, of an engine whose captures outlive us: what was captured could not be had.
    ///         Where that is worth a retry, it is on the device still, for resume().
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

    /// Whether a capture goes on where this process ends, or its Capture goes without finish():
    /// then resume() takes it up, and clear() removes what it left.
    [[nodiscard]] virtual bool outlives_us() const noexcept { return false; }

    /// What the capture of the job of that number is called on the device; "" where captures have
    /// no names.
    [[nodiscard]] virtual std::string capture_name(std::int64_t /*job_number*/) const { return {}; }

    /// How many captures can be there at a time; 0: as many as has_room() has room for.
    [[nodiscard]] virtual std::size_t most_captures() const noexcept { return 0; }

    /// Whether captures can be begun and ended from this process now.
    /// Errors: what exactly is missing; worth a retry where that may come by itself.
    [[nodiscard]] virtual base::Result<void> readiness() { return {}; }

    /// Takes up a capture that an earlier process began with the same options; its start() tells
    /// when that was, as far as the device knows. It may have ended by itself meanwhile.
    /// Errors: Failure: device, when there is no such capture any more, or none that ever began and
    ///         began_at does not say otherwise; as open().
    [[nodiscard]] virtual std::unique_ptr<Capture> resume(const CaptureOptions& options);

    /// Removes whatever a capture of that name left on the device, its file too. What is not there
    /// is no error. Errors: device, timeout, not_ready.
    [[nodiscard]] virtual base::Result<void> clear(const std::string& /*name*/,
                                                   Dialogue* /*dialogue*/) {
        return {};
    }

    /// clear() for everything of ours that has none of these names.
    /// Returns: the names that were cleared. Errors: device, timeout, not_ready.
    [[nodiscard]] virtual base::Result<std::vector<std::string>> sweep(
        std::span<const std::string> /*kept*/) {
        return std::vector<std::string>{};
    }

    /// This process ends: whatever waits for a device gives up, with Failure(cancelled). Captures
    /// that outlive us go on.
    virtual void interrupt() noexcept {}

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
