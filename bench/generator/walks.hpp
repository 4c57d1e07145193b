#pragma once

#include "generator/capture_file.hpp"
#include "generator/tally.hpp"

namespace xpc::bench {

// Each hands all packets of a file, which is at its start, to a tally. A file that ends within a
// packet is read up to there, and the tally told. Only this machine's byte order is read.
// Errors: Failure(corrupt) where the file contradicts its format.

/// libpcap's format, in microseconds or nanoseconds. Source: pcap-savefile(5)
void walk_pcap(CaptureFile& file, Tally& tally);

/// Source: draft-ietf-opsawg-pcapng-03, sections 4.1 to 4.4
void walk_pcapng(CaptureFile& file, Tally& tally);

inline constexpr std::uint32_t pcap_microseconds = 0xa1b2c3d4;
inline constexpr std::uint32_t pcap_nanoseconds = 0xa1b23c4d;
inline constexpr std::uint32_t pcapng_section = 0x0a0d0d0a;

}  // namespace xpc::bench
