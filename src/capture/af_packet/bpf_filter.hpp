#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "capture/af_packet/bpf.hpp"
#include "capture/filter.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture::af_packet {

/// What of the outgoing frames an interface shows that is asked for both directions.
enum class Outgoing {
    keep,          ///< an ordinary interface: both directions
    skip,          ///< the loopback: what is sent there is seen again as received
    skip_loopback  ///< all interfaces: skip only on the loopback
};

/// The program for a filter, for an AF_PACKET socket (SOCK_DGRAM for linux_sll2, otherwise
/// SOCK_RAW) and for a Matcher: both decide the same. It accepts what the words of the filter, its
/// expression and its direction accept all three, and cuts it to `snaplen`.
/// Expression: means what it means to tcpdump on a live interface. The kernel takes the outer VLAN
///             tag off, so "udp" also finds packets behind one tag. The first "vlan" asks for that
///             tag, or for one that is still in the frame; each further one for the next, in the
///             frame; and each moves what stands to its right behind it (802.1Q, 802.1ad, 0x9100).
///             Loads by number ("ether[12:2]") and "len" see the frame without the outer tag. On
///             linux_sll2 a second "vlan" is refused, as is what reads the sender's address.
///             Names of ports and protocols are those of this host; names of hosts and networks
///             are refused, as nobody shall wait for a name server.
/// Direction:  `in` and `out` go by what the kernel calls outgoing. The outgoing copies on the
///             loopback, which are left out otherwise, are what `out` shows there.
/// Errors:     invalid_value with field "filter" and, where it can be told, the position:
///             `filter "udp prt 53": syntax error at character 5, near "prt"`.
/// Blocking:   computes for up to two seconds, where an expression names hundreds of hosts and a
/// VLAN;
///             below a millisecond as a rule.
[[nodiscard]] base::Result<Program> compile(const Filter& filter, pcap::LinkType link_type,
                                            std::uint32_t snaplen, Outgoing outgoing);

}  // namespace xpc::capture::af_packet
