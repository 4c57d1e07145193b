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

/// An expression of pcap-filter(7) as libpcap compiles it for files of that link type. An empty one
/// accepts every frame. Accepted frames are cut to `snaplen`. Names in it may be looked up: a
/// user's expression goes through bpf_filter.hpp.
/// Errors:   invalid_value with libpcap's own message and nothing else.
/// Blocking: at most about half a second, by a limit on what is given to libpcap's optimiser.
/// Threads:  any number at once (pcap_compile(3PCAP), since 1.8).
[[nodiscard]] base::Result<Program> compile_text(const std::string& expression,
                                                 pcap::LinkType link_type, std::uint32_t snaplen);

/// The program as `tcpdump -d` shows it, a line for each instruction.
[[nodiscard]] std::vector<std::string> listing(const Program& program);

/// Accepts nothing: ends a capture at one moment, while what is in the ring can still be read.
[[nodiscard]] Program drop_all();

}  // namespace xpc::capture::af_packet
