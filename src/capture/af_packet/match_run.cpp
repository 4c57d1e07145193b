#include <array>
#include <concepts>

#include "base/bytes.hpp"
#include "capture/af_packet/match.hpp"

namespace xpc::capture::af_packet {
namespace {

using Op = MatchOp;

/// Whether a load leaves the frame. Its offset is signed in the kernel, and the negative ones that
/// are left when a program is loaded mean nothing there.
template <std::unsigned_integral T>
constexpr bool outside(std::uint32_t offset, std::size_t size) noexcept {
    return offset > 0x7FFF'FFFF || std::size_t{offset} + sizeof(T) > size;
}

template <std::unsigned_integral T>
std::uint32_t number_at(const std::byte* bytes, std::uint32_t offset) noexcept {
    return base::to_big_endian(base::load<T>(std::span(bytes + offset, sizeof(T))));
}

}  // namespace

// One switch in one function, so that A, X and the position stay in registers: cut into functions
// by kind of step it takes twice as long.
// NOLINTNEXTLINE(readability-function-size,readability-function-cognitive-complexity): as said
std::uint32_t Matcher::run(const RawFrame& frame) const noexcept {
    const std::byte* const bytes = frame.bytes.data();
    const std::size_t size = frame.bytes.size();
    const Step* const first = steps_.data();
    const Step* at = first;
    std::uint32_t a = 0;
    std::uint32_t x = 0;
    std::array<std::uint32_t, BPF_MEMWORDS> memory{};
    for (;;) {
        const Step& step = *at++;
        const std::uint32_t k = step.k;
        const auto jump = [&](bool taken) { at = first + (taken ? step.yes : step.no); };
        switch (step.op) {
            case Op::load_half_equal:
                if (outside<std::uint16_t>(k, size)) return 0;
                a = number_at<std::uint16_t>(bytes, k);
                jump(a == step.value);
                break;
            case Op::load_byte_equal:
                if (outside<std::uint8_t>(k, size)) return 0;
                a = number_at<std::uint8_t>(bytes, k);
                jump(a == step.value);
                break;
            case Op::load_word:
                if (outside<std::uint32_t>(k, size)) return 0;
                a = number_at<std::uint32_t>(bytes, k);
                break;
            case Op::load_half:
                if (outside<std::uint16_t>(k, size)) return 0;
                a = number_at<std::uint16_t>(bytes, k);
                break;
            case Op::load_byte:
                if (outside<std::uint8_t>(k, size)) return 0;
                a = number_at<std::uint8_t>(bytes, k);
                break;
            case Op::index_word:
                if (outside<std::uint32_t>(x + k, size)) return 0;
                a = number_at<std::uint32_t>(bytes, x + k);
                break;
            case Op::index_half:
                if (outside<std::uint16_t>(x + k, size)) return 0;
                a = number_at<std::uint16_t>(bytes, x + k);
                break;
            case Op::index_byte:
                if (outside<std::uint8_t>(x + k, size)) return 0;
                a = number_at<std::uint8_t>(bytes, x + k);
                break;
            case Op::header_length:
                if (outside<std::uint8_t>(k, size)) return 0;
                x = (number_at<std::uint8_t>(bytes, k) & 0xFU) * 4;
                break;
            case Op::number:
                a = k;
                break;
            case Op::number_x:
                x = k;
                break;
            case Op::length:
                a = frame.wire_bytes;
                break;
            case Op::length_x:
                x = frame.wire_bytes;
                break;
            case Op::memory:
                a = memory[k];
                break;
            case Op::memory_x:
                x = memory[k];
                break;
            case Op::store:
                memory[k] = a;
                break;
            case Op::store_x:
                memory[k] = x;
                break;
            case Op::protocol:
                a = frame.protocol;
                break;
            case Op::packet_type:
                a = frame.packet_type;
                break;
            case Op::interface_index:
                a = frame.interface_index;
                break;
            case Op::hardware_type:
                a = frame.hardware_type;
                break;
            case Op::vlan_tci:
                a = frame.vlan_tci;
                break;
            case Op::vlan_present:
                a = frame.tagged ? 1 : 0;
                break;
            case Op::vlan_tpid:
                a = frame.vlan_tpid;
                break;
            case Op::xor_ancillary:
                a ^= x;
                break;
            case Op::add:
                a += k;
                break;
            case Op::subtract:
                a -= k;
                break;
            case Op::multiply:
                a *= k;
                break;
            case Op::bit_or:
                a |= k;
                break;
            case Op::bit_and:
                a &= k;
                break;
            case Op::bit_xor:
                a ^= k;
                break;
            case Op::shift_left:
                a <<= k;
                break;
            case Op::shift_right:
                a >>= k;
                break;
            case Op::divide:
                a /= k;
                break;
            case Op::modulo:
                a %= k;
                break;
            case Op::add_x:
                a += x;
                break;
            case Op::subtract_x:
                a -= x;
                break;
            case Op::multiply_x:
                a *= x;
                break;
            case Op::bit_or_x:
                a |= x;
                break;
            case Op::bit_and_x:
                a &= x;
                break;
            case Op::bit_xor_x:
                a ^= x;
                break;
            case Op::shift_left_x:
                a <<= x & 31U;
                break;
            case Op::shift_right_x:
                a >>= x & 31U;
                break;
            case Op::divide_x:
                if (x == 0) return 0;
                a /= x;
                break;
            case Op::modulo_x:
                if (x == 0) return 0;
                a %= x;
                break;
            case Op::negate:
                a = 0 - a;
                break;
            case Op::go:
                at = first + step.yes;
                break;
            case Op::equal:
                jump(a == k);
                break;
            case Op::equal_x:
                jump(a == x);
                break;
            case Op::greater:
                jump(a > k);
                break;
            case Op::greater_x:
                jump(a > x);
                break;
            case Op::greater_equal:
                jump(a >= k);
                break;
            case Op::greater_equal_x:
                jump(a >= x);
                break;
            case Op::any_bit:
                jump((a & k) != 0);
                break;
            case Op::any_bit_x:
                jump((a & x) != 0);
                break;
            case Op::to_x:
                x = a;
                break;
            case Op::from_x:
                a = x;
                break;
            case Op::give:
                return k;
            case Op::give_a:
                return a;
            case Op::nothing:
            case Op::unknown:
                return 0;
        }
    }
}

}  // namespace xpc::capture::af_packet
