#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "capture/af_packet/bpf.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture::af_packet {

/// The offsets of all bytes that the program may look at in a frame whose protocol is `protocol`
/// (linux/if_ether.h): on Ethernet what the header says, elsewhere what the socket says. Ascending;
/// nothing where they depend on what is in the frame, or on its length. On these bytes, and on what
/// a raw frame has beside its bytes, alone depends what the program answers for such a frame that
/// has them all.
[[nodiscard]] std::optional<std::vector<std::uint32_t>> fixed_reads(const Program& program,
                                                                    pcap::LinkType link_type,
                                                                    std::uint16_t protocol);

}  // namespace xpc::capture::af_packet
