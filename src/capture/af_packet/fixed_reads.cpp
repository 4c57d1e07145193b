#include "capture/af_packet/fixed_reads.hpp"

#include <set>
#include <utility>

namespace xpc::capture::af_packet {
namespace {

constexpr std::uint32_t ethertype_offset = 12;  // behind two addresses (IEEE 802.3)
constexpr std::uint32_t largest_offset = 0x7FFF'FFFF;
constexpr auto ancillary_protocol = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL);

/// Walks every way through a program that is open to frames of one protocol. Jumps go forward, so
/// each way ends.
class Walk {
public:
    Walk(const Program& program, bool has_ethertype, std::uint16_t protocol)
        : program_(program), has_ethertype_(has_ethertype), protocol_(protocol) {}

    /// False where the reads are not fixed.
    bool from(std::size_t at, std::optional<std::uint32_t> accumulator) {
        for (;;) {
            if (!seen_.emplace(at, accumulator).second) return true;
            const sock_filter& step = program_[at];
            switch (BPF_CLASS(step.code)) {
                case BPF_RET:
                    return true;
                case BPF_LD:
                    if (!load(step, accumulator)) return false;
                    break;
                case BPF_LDX:
                    if (BPF_MODE(step.code) == BPF_MSH || BPF_MODE(step.code) == BPF_LEN) {
                        return false;
                    }
                    break;
                case BPF_JMP:
                    if (!jump(at, step, accumulator)) return false;
                    continue;
                case BPF_ST:
                case BPF_STX:
                    break;
                default:
                    accumulator.reset();
            }
            ++at;
        }
    }

    [[nodiscard]] const std::set<std::uint32_t>& offsets() const noexcept { return offsets_; }

private:
    bool load(const sock_filter& step, std::optional<std::uint32_t>& accumulator) {
        accumulator.reset();
        switch (BPF_MODE(step.code)) {
            case BPF_IMM:
                accumulator = step.k;
                return true;
            case BPF_MEM:
                return true;
            case BPF_ABS:
                break;
            default:
                return false;
        }
        if (step.k == ancillary_protocol && !has_ethertype_) accumulator = protocol_;
        if (step.k > largest_offset) return true;  // the kernel's numbers
        const auto width = BPF_SIZE(step.code);
        if (has_ethertype_ && step.k == ethertype_offset && width == BPF_H) {
            accumulator = protocol_;
            return true;
        }
        const std::uint32_t length = width == BPF_W ? 4 : width == BPF_H ? 2 : 1;
        for (std::uint32_t i = 0; i < length; ++i)
            offsets_.insert(step.k + i);
        return true;
    }

    /// Goes on where it leads; both ways, one of them within, where that is not known.
    bool jump(std::size_t& at, const sock_filter& step,
              const std::optional<std::uint32_t>& accumulator) {
        if (BPF_OP(step.code) == BPF_JA) {
            at += 1 + std::size_t{step.k};
            return true;
        }
        const std::size_t yes = at + 1 + step.jt;
        const std::size_t no = at + 1 + step.jf;
        if (accumulator && step.code == (BPF_JMP | BPF_JEQ | BPF_K)) {
            at = *accumulator == step.k ? yes : no;
            return true;
        }
        at = no;
        return from(yes, accumulator);
    }

    const Program& program_;
    bool has_ethertype_;
    std::uint16_t protocol_;
    std::set<std::pair<std::size_t, std::optional<std::uint32_t>>> seen_;
    std::set<std::uint32_t> offsets_;
};

}  // namespace

std::optional<std::vector<std::uint32_t>> fixed_reads(const Program& program,
                                                      pcap::LinkType link_type,
                                                      std::uint16_t protocol) {
    Walk walk(program, link_type == pcap::LinkType::ethernet, protocol);
    if (!walk.from(0, std::nullopt)) return std::nullopt;
    return std::vector(walk.offsets().begin(), walk.offsets().end());
}

}  // namespace xpc::capture::af_packet
