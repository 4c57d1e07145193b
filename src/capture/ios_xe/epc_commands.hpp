#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "capture/engine.hpp"
#include "capture/ios_xe/acl.hpp"
#include "capture/ios_xe/cli.hpp"
#include "capture/ios_xe/epc_output.hpp"

namespace xpc::capture::ios_xe {

/// A capture as a device can do it. Of numbers, 0 is: not limited.
struct Plan {
    std::string name;
    std::string interface;
    Direction direction = Direction::both;
    Acl acl;
    std::chrono::seconds duration{};
    std::uint32_t packet_bytes = 0;
    std::uint32_t packets_per_second = 0;
    std::uint32_t buffer_mib = 0;  ///< 0: as much as there is
    bool circular = false;
};

/// The largest buffer that a device takes.
inline constexpr std::uint32_t most_buffer_mib = 100;

/// Without a question to the device. The name may be missing where nothing is to be started yet.
/// Errors: invalid_value with the field that can not be done.
[[nodiscard]] base::Result<Plan> plan_of(const CaptureOptions& options);

// What is said to a device, built from checked values alone: none of it makes the device ask back,
// since a question through `dohost` is never answered.

/// Everything but the start, and how it stands then. There is no capture of that name before.
[[nodiscard]] Batch setup(const Plan& plan, Kind kind);

/// And how it stands then.
[[nodiscard]] Batch start(std::string_view name);

/// And how it stands then.
[[nodiscard]] Batch stop(std::string_view name);

/// Of a capture that has stopped; what shows packets and drops.
[[nodiscard]] Batch counts(std::string_view name, Kind kind);

/// `place` and file together are where it goes; no file of that name may be there.
[[nodiscard]] Batch export_to(std::string_view name, std::string_view place, Kind kind);

/// Whether the capture is written, and how much of it is.
[[nodiscard]] Batch export_state(std::string_view name, std::string_view place, Kind kind);

[[nodiscard]] Batch list_file(std::string_view name, std::string_view place);

[[nodiscard]] Batch remove_file(std::string_view name, std::string_view place);

/// With its buffer, and then its access list, of whatever kind it is. It is stopped before, since a
/// device does not remove a capture that runs.
[[nodiscard]] Batch remove_capture(std::string_view name);

/// What has that name on the device; at the end, how much room is at the place.
[[nodiscard]] Batch show_remains(std::string_view name, std::string_view place);

/// Whether the access list is there: its name is in the answer then.
[[nodiscard]] Batch show_acl(std::string_view name, Family family);

/// All that may have our mark.
[[nodiscard]] Batch show_everything(std::string_view place);

}  // namespace xpc::capture::ios_xe
