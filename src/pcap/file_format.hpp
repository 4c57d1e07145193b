#pragma once

namespace xpc::pcap {

/// The kinds of capture file that are written.
enum class FileFormat {
    pcapng,            ///< nanoseconds; says who asked, for what, and what was lost
    pcap_nanoseconds,  ///< the classic format: header, frames, and nothing else
    pcap_microseconds  ///< likewise, for readers that do not know the newer magic number
};

}  // namespace xpc::pcap
