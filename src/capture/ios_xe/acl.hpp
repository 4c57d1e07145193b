#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "capture/filter.hpp"

namespace xpc::capture::ios_xe {

/// An access list that permits what is to be kept.
struct Acl {
    Family family = Family::ipv4;
    std::vector<std::string> entries;  ///< "permit udp host 10.0.0.1 any eq 53"; none: every frame
};

/// The filter as one. A list is of one address family, and a capture has one list: where no address
/// says which, it is IPv4.
/// Errors: invalid_value with field "filter" for an expression, "src_port" or "dst_port" for a port
///         of a protocol that has none, "src" or "dst" for an address that is none.
[[nodiscard]] base::Result<Acl> acl_of(const Filter& filter);

/// What it keeps, in the language of pcap-filter(7).
[[nodiscard]] std::string shown_filter(const Filter& filter);

}  // namespace xpc::capture::ios_xe
