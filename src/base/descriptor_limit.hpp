#pragma once

#include <cstdint>

namespace xpc::base {

/// Lets this process have that many descriptors open, or as many as it may: the limit that a
/// process begins with, usually 1,024, is meant for those that use select(2), and may be raised by
/// themselves. Returns what it may have now. Source: getrlimit(2); systemd.exec(5), LimitNOFILE.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted) noexcept;

}  // namespace xpc::base
