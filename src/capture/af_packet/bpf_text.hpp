#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace xpc::capture::af_packet {

/// A word of pcap-filter(7) as libpcap's scanner cuts them.
struct Token {
    enum class Kind {
        keyword,
        number,   ///< also the names of some, such as tcp-syn
        address,  ///< of IPv4 (or the first bytes of one), IPv6 or Ethernet
        name,     ///< whatever else: a port, a protocol, a host
        sign
    };

    Kind kind{};
    std::string text;     ///< as the user wrote it
    std::size_t at = 0;   ///< of its first character, from 1
    std::string meaning;  ///< what libpcap is given for it
};

constexpr std::size_t longest_expression = 4096;

/// `filter "EXPRESSION": WHAT`, with field "filter".
[[nodiscard]] std::unexpected<base::Error> refuse_expression(std::string_view expression,
                                                             std::string_view what);

/// Errors: invalid_value with field "filter" and the position: longer than longest_expression, or a
///         character that the language does not have.
[[nodiscard]] base::Result<std::vector<Token>> tokens_of(std::string_view expression);

/// With one space between them.
[[nodiscard]] std::string joined(std::span<const Token> tokens);

/// About how many instructions libpcap makes of them before it optimises, and rather more than
/// fewer.
[[nodiscard]] std::size_t rough_size(std::span<const Token> tokens);

/// The tokens that libpcap would ask a name server for. What a name stands for is told by the
/// nearest keyword in front of it (in "port http or domain" both are ports); only after those which
/// want a name out of a table of this host, such as "port" and "proto", nobody is asked.
[[nodiscard]] std::vector<std::size_t> looked_up(std::span<const Token> tokens);

/// The expression as it reads on frames whose outer VLAN tag the kernel has taken off: the first
/// "vlan" is a question to the kernel, and moves nothing in the frame.
[[nodiscard]] std::vector<Token> about_stripped_tag(std::vector<Token> tokens);

}  // namespace xpc::capture::af_packet
