#pragma once

#include "capture/interfaces.hpp"

namespace xpc::capture::af_packet {

/// Whether the network card stamps every frame that it receives, by a clock that agrees with this
/// host's: then its times are the better ones. Nothing is switched on for it: that is for the whole
/// card, and for its owner to do (hwstamp_ctl(8), ptp4l(8)). A clock that is off by a second or
/// more, as one that shows TAI or that nobody has set, would make files that nobody can compare.
/// Source: Documentation/networking/timestamping.rst (6.1), 3.1; linux/ethtool.h,
/// ETHTOOL_GET_TS_INFO
[[nodiscard]] bool has_hardware_time(const Interface& interface);

}  // namespace xpc::capture::af_packet
