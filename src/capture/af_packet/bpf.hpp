#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <linux/filter.h>

#include "base/error.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture::af_packet {

/// A classic BPF program, as SO_ATTACH_FILTER takes it.
using Program = std::vector<sock_filter>;

/// Frames that the kernel shows twice or that are not wanted, whatever the expression says.
enum class Outgoing {
    keep,          ///< an ordinary interface: both directions
    skip,          ///< the loopback: what is sent there is seen again as received
    skip_loopback  ///< all interfaces: skip only on the loopback
};

/// Compiles an expression of pcap-filter(7) for an AF_PACKET socket (SOCK_DGRAM for linux_sll2,
/// otherwise SOCK_RAW). An empty expression accepts every frame. Accepted frames are cut to
/// `snaplen`.
/// Errors: invalid_value with libpcap's own message.
[[nodiscard]] base::Result<Program> compile(const std::string& expression, pcap::LinkType link_type,
                                            std::uint32_t snaplen, Outgoing outgoing);

/// Accepts nothing: ends a capture at one moment, while what is in the ring can still be read.
[[nodiscard]] Program drop_all();

}  // namespace xpc::capture::af_packet
