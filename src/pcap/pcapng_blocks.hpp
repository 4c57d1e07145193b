#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pcap/file_format.hpp"
#include "pcap/frame.hpp"

namespace xpc::pcap {

/// Who made a file, and what for. Texts are UTF-8; an empty one is left out.
struct Section {
    std::string hardware;
    std::string os;
    std::string application;
    std::vector<std::string> comments;
};

/// One source of frames of a file.
struct InterfaceDescription {
    std::string name;
    LinkType link_type{};
    std::uint32_t snaplen = 0;
    std::string filter;  ///< of pcap-filter(7)
    std::string os;
    std::string comment;
};

/// What happened at an interface between two moments.
/// Shape: received ≥ accepted ≥ delivered; what Wireshark calls dropped is `dropped`, as dumpcap
/// writes it; `os_dropped`
///        is a part of it, not to be added. capinfos 4.0 shows no counts, only that there are some.
struct InterfaceStatistics {
    std::uint32_t interface_id = 0;
    base::WallTime start;
    base::WallTime end;
    std::uint64_t received = 0;    ///< isb_ifrecv: everything that was counted
    std::uint64_t dropped = 0;     ///< isb_ifdrop: lost, for whatever reason
    std::uint64_t accepted = 0;    ///< isb_filteraccept: what the filter wanted, lost or not
    std::uint64_t os_dropped = 0;  ///< isb_osdrop: of the lost ones, those that the kernel lost
    std::uint64_t delivered = 0;   ///< isb_usrdeliv: what the file has
    std::string comment;
};

/// What a file begins with; a classic file has room for the first interface's link type and snap
/// length only.
[[nodiscard]] std::vector<std::byte> file_head(FileFormat format, const Section& section,
                                               const std::vector<InterfaceDescription>& interfaces);

/// An Interface Statistics Block; nothing in a classic file.
[[nodiscard]] std::vector<std::byte> statistics_block(FileFormat format,
                                                      const InterfaceStatistics& statistics);

}  // namespace xpc::pcap
