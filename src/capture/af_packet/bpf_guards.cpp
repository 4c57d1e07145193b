#include "capture/af_packet/bpf_guards.hpp"

#include <algorithm>

namespace xpc::capture::af_packet {
namespace {

// Offsets from here on are no bytes of the frame (SKF_AD_OFF and the like).
constexpr std::uint32_t no_bytes = 0x8000'0000;

std::uint64_t width(const sock_filter& load) noexcept {
    switch (BPF_SIZE(load.code)) {
        case BPF_W:
            return 4;
        case BPF_H:
            return 2;
        default:
            return 1;
    }
}

bool is_header_length(const sock_filter& step) noexcept {
    return BPF_CLASS(step.code) == BPF_LDX && BPF_MODE(step.code) == BPF_MSH;
}

bool divides_by_x(const sock_filter& step) noexcept {
    const auto operation = BPF_OP(step.code);
    return BPF_CLASS(step.code) == BPF_ALU && BPF_SRC(step.code) == BPF_X &&
           (operation == BPF_DIV || operation == BPF_MOD);
}

}  // namespace

bool is_indirect_load(const sock_filter& step) noexcept {
    return BPF_CLASS(step.code) == BPF_LD && BPF_MODE(step.code) == BPF_IND;
}

std::uint64_t end_of_load(const sock_filter& step) noexcept {
    const bool is_direct = BPF_CLASS(step.code) == BPF_LD && BPF_MODE(step.code) == BPF_ABS;
    if (is_indirect_load(step)) return step.k + width(step);
    if ((is_direct && step.k < no_bytes) || is_header_length(step)) return step.k + width(step);
    return 0;
}

std::optional<std::vector<Guard>> guards_of(const Program& program, std::uint32_t shortest) {
    // jumps go forward only, so whatever leads to a step has been looked at before
    std::vector<std::uint64_t> known(program.size() + 1, UINT64_MAX);
    known[0] = shortest;
    std::vector<Guard> guards(program.size(), Guard::none);
    for (std::size_t i = 0; i < program.size(); ++i) {
        const sock_filter& step = program[i];
        if (divides_by_x(step)) return std::nullopt;
        std::uint64_t length = known[i];
        const auto leads_to = [&](std::size_t next) {
            known[next] = std::min(known[next], length);
        };
        if (is_indirect_load(step)) {
            guards[i] = Guard::index;
        } else if (const auto end = end_of_load(step); end > length) {
            if (is_header_length(step)) return std::nullopt;
            guards[i] = Guard::length;
            length = end;
        }
        if (BPF_CLASS(step.code) == BPF_RET) continue;
        if (BPF_CLASS(step.code) != BPF_JMP) {
            leads_to(i + 1);
        } else if (BPF_OP(step.code) == BPF_JA) {
            leads_to(i + 1 + step.k);
        } else {
            leads_to(i + 1 + step.jt);
            leads_to(i + 1 + step.jf);
        }
    }
    return guards;
}

}  // namespace xpc::capture::af_packet
