#pragma once

#include <cstdint>

namespace xpc::capture::af_packet {

/// What a step of a Matcher does, with all that its instruction says but the numbers decided.
enum class MatchOp : std::uint8_t {
    load_word,
    load_half,
    load_byte,
    load_half_equal,  // with the comparison that follows: most of what libpcap emits is these two
    load_byte_equal,
    index_word,
    index_half,
    index_byte,
    header_length,
    number,
    number_x,
    length,
    length_x,
    memory,
    memory_x,
    store,
    store_x,
    protocol,
    packet_type,
    interface_index,
    hardware_type,
    vlan_tci,
    vlan_present,
    vlan_tpid,
    xor_ancillary,
    add,
    subtract,
    multiply,
    divide,
    modulo,
    bit_or,
    bit_and,
    bit_xor,
    shift_left,
    shift_right,
    add_x,
    subtract_x,
    multiply_x,
    divide_x,
    modulo_x,
    bit_or_x,
    bit_and_x,
    bit_xor_x,
    shift_left_x,
    shift_right_x,
    negate,
    go,
    equal,
    greater,
    greater_equal,
    any_bit,
    equal_x,
    greater_x,
    greater_equal_x,
    any_bit_x,
    to_x,
    from_x,
    give,
    give_a,
    nothing,  // a load that no frame has: refuses
    unknown
};

}  // namespace xpc::capture::af_packet
