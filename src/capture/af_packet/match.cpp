#include "capture/af_packet/match.hpp"

#include <utility>

#include "base/text.hpp"
#include "capture/af_packet/match_op.hpp"

namespace xpc::capture::af_packet {

namespace {

constexpr std::uint32_t ancillary_begin = static_cast<std::uint32_t>(SKF_AD_OFF);
constexpr std::uint32_t header_begin = static_cast<std::uint32_t>(SKF_LL_OFF);
// a load's offset is signed in the kernel
constexpr std::uint32_t largest_offset = 0x7FFF'FFFF;

using Op = MatchOp;

Op absolute_op(const sock_filter& step) noexcept {
    const auto width = BPF_SIZE(step.code);
    if (width != BPF_W && width != BPF_H && width != BPF_B) return Op::unknown;
    if (step.k <= largest_offset) {
        return width == BPF_W ? Op::load_word : width == BPF_H ? Op::load_half : Op::load_byte;
    }
    if (step.k < header_begin) return Op::nothing;
    if (step.k < ancillary_begin) return Op::unknown;
    switch (step.k - ancillary_begin) {
        case SKF_AD_PROTOCOL:
            return Op::protocol;
        case SKF_AD_PKTTYPE:
            return Op::packet_type;
        case SKF_AD_IFINDEX:
            return Op::interface_index;
        case SKF_AD_HATYPE:
            return Op::hardware_type;
        case SKF_AD_VLAN_TAG:
            return Op::vlan_tci;
        case SKF_AD_VLAN_TAG_PRESENT:
            return Op::vlan_present;
        case SKF_AD_VLAN_TPID:
            return Op::vlan_tpid;
        case SKF_AD_ALU_XOR_X:
            return Op::xor_ancillary;
        default:
            return Op::unknown;
    }
}

Op load_op(const sock_filter& step) noexcept {
    const auto width = BPF_SIZE(step.code);
    switch (BPF_MODE(step.code)) {
        case BPF_IMM:
            return width == BPF_W ? Op::number : Op::unknown;
        case BPF_LEN:
            return width == BPF_W ? Op::length : Op::unknown;
        case BPF_MEM:
            return width == BPF_W && step.k < BPF_MEMWORDS ? Op::memory : Op::unknown;
        case BPF_IND:
            return width == BPF_W   ? Op::index_word
                   : width == BPF_H ? Op::index_half
                   : width == BPF_B ? Op::index_byte
                                    : Op::unknown;
        case BPF_ABS:
            return absolute_op(step);
        default:
            return Op::unknown;
    }
}

/// To divide by zero, or to shift by more bits than there are.
bool is_refused_constant(const sock_filter& step) noexcept {
    if (BPF_SRC(step.code) != BPF_K) return false;
    switch (BPF_OP(step.code)) {
        case BPF_DIV:
        case BPF_MOD:
            return step.k == 0;
        case BPF_LSH:
        case BPF_RSH:
            return step.k >= 32;
        default:
            return false;
    }
}

Op calculation_op(const sock_filter& step) noexcept {
    if (is_refused_constant(step)) return Op::unknown;
    const bool constant = BPF_SRC(step.code) == BPF_K;
    switch (BPF_OP(step.code)) {
        case BPF_ADD:
            return constant ? Op::add : Op::add_x;
        case BPF_SUB:
            return constant ? Op::subtract : Op::subtract_x;
        case BPF_MUL:
            return constant ? Op::multiply : Op::multiply_x;
        case BPF_DIV:
            return constant ? Op::divide : Op::divide_x;
        case BPF_MOD:
            return constant ? Op::modulo : Op::modulo_x;
        case BPF_OR:
            return constant ? Op::bit_or : Op::bit_or_x;
        case BPF_AND:
            return constant ? Op::bit_and : Op::bit_and_x;
        case BPF_XOR:
            return constant ? Op::bit_xor : Op::bit_xor_x;
        case BPF_LSH:
            return constant ? Op::shift_left : Op::shift_left_x;
        case BPF_RSH:
            return constant ? Op::shift_right : Op::shift_right_x;
        case BPF_NEG:
            return constant ? Op::negate : Op::unknown;
        default:
            return Op::unknown;
    }
}

Op jump_op(const sock_filter& step) noexcept {
    const bool constant = BPF_SRC(step.code) == BPF_K;
    switch (BPF_OP(step.code)) {
        case BPF_JA:
            return constant ? Op::go : Op::unknown;
        case BPF_JEQ:
            return constant ? Op::equal : Op::equal_x;
        case BPF_JGT:
            return constant ? Op::greater : Op::greater_x;
        case BPF_JGE:
            return constant ? Op::greater_equal : Op::greater_equal_x;
        case BPF_JSET:
            return constant ? Op::any_bit : Op::any_bit_x;
        default:
            return Op::unknown;
    }
}

Op op_of(const sock_filter& step) noexcept {
    if (step.code > 0xFF) return Op::unknown;
    switch (BPF_CLASS(step.code)) {
        case BPF_LD:
            return load_op(step);
        case BPF_ALU:
            return calculation_op(step);
        case BPF_JMP:
            return jump_op(step);
        case BPF_ST:
        case BPF_STX:
            if ((step.code != BPF_ST && step.code != BPF_STX) || step.k >= BPF_MEMWORDS) {
                return Op::unknown;
            }
            return step.code == BPF_ST ? Op::store : Op::store_x;
        default:
            break;
    }
    switch (step.code) {
        case BPF_LDX | BPF_IMM:
            return Op::number_x;
        case BPF_LDX | BPF_LEN:
            return Op::length_x;
        case BPF_LDX | BPF_MEM:
            return step.k < BPF_MEMWORDS ? Op::memory_x : Op::unknown;
        case BPF_LDX | BPF_B | BPF_MSH:
            return step.k >= header_begin    ? Op::unknown
                   : step.k > largest_offset ? Op::nothing
                                             : Op::header_length;
        case BPF_RET | BPF_K:
            return Op::give;
        case BPF_RET | BPF_A:
            return Op::give_a;
        case BPF_MISC | BPF_TAX:
            return Op::to_x;
        case BPF_MISC | BPF_TXA:
            return Op::from_x;
        default:
            return Op::unknown;
    }
}

}  // namespace

base::Result<Matcher::Step> Matcher::decoded(const Program& program, std::size_t position) {
    const auto refused = [&](const char* why) {
        return base::refuse(base::Errc::invalid_value,
                            base::text("filter: instruction ", position, " ", why), "filter");
    };
    const sock_filter& from = program[position];
    const Op op = op_of(from);
    if (op == Op::unknown) return refused("is not one of those that are understood");
    const std::size_t next = position + 1;
    const bool returns = op == Op::give || op == Op::give_a;
    const std::size_t yes = op == Op::go ? next + from.k : next + from.jt;
    const std::size_t no = op == Op::go ? yes : next + from.jf;
    const bool jumps = BPF_CLASS(from.code) == BPF_JMP;
    if (jumps && (yes >= program.size() || no >= program.size())) {
        return refused("jumps out of the program");
    }
    if (next == program.size() && !returns) return refused("is the last one and does not return");
    return Step{.op = op,
                .yes = static_cast<std::uint16_t>(jumps ? yes : next),
                .no = static_cast<std::uint16_t>(jumps ? no : next),
                .k = from.k,
                .value = 0};
}

base::Result<Matcher> Matcher::load(const Program& program) {
    if (program.empty() || program.size() > BPF_MAXINSNS) {
        return base::refuse(base::Errc::invalid_value,
                            base::text("filter: a program has 1 to ", BPF_MAXINSNS,
                                       " instructions, not ", program.size()),
                            "filter");
    }
    Matcher matcher;
    matcher.steps_.reserve(program.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
        auto step = decoded(program, i);
        if (!step) return std::unexpected(std::move(step.error()));
        matcher.steps_.push_back(*step);
    }
    matcher.fuse();
    matcher.accepts_all_ = matcher.steps_[0].op == Op::give && matcher.steps_[0].k != 0;
    return matcher;
}

/// The comparison stays where it is, for jumps that go to it alone.
void Matcher::fuse() noexcept {
    for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
        const Step& next = steps_[i + 1];
        if (next.op != Op::equal) continue;
        if (steps_[i].op == Op::load_half) {
            steps_[i].op = Op::load_half_equal;
        } else if (steps_[i].op == Op::load_byte) {
            steps_[i].op = Op::load_byte_equal;
        } else {
            continue;
        }
        steps_[i].yes = next.yes;
        steps_[i].no = next.no;
        steps_[i].value = next.k;
    }
}

}  // namespace xpc::capture::af_packet
