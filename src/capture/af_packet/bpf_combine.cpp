#include "capture/af_packet/bpf_combine.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/text.hpp"
#include "capture/af_packet/bpf_guards.hpp"

namespace xpc::capture::af_packet {
namespace {

constexpr std::uint16_t return_number = BPF_RET | BPF_K;
constexpr std::uint16_t go = BPF_JMP | BPF_JA;

bool is_conditional(std::uint16_t code) noexcept {
    return BPF_CLASS(code) == BPF_JMP && BPF_OP(code) != BPF_JA;
}

/// An instruction that names where it goes on by position, so that more can be put in between.
struct Step {
    std::uint16_t code;
    std::uint32_t k;
    std::size_t yes;  ///< also of what does not jump
    std::size_t no;
};

/// Instructions whose jumps are written out only when all of them are known.
class Draft {
public:
    [[nodiscard]] std::size_t size() const noexcept { return steps_.size(); }

    void add(std::uint16_t code, std::uint32_t k) {
        steps_.push_back({code, k, steps_.size() + 1, steps_.size() + 1});
    }

    void add_choice(std::uint16_t code, std::uint32_t k, std::size_t yes, std::size_t no) {
        steps_.push_back({code, k, yes, no});
    }

    /// Goes to `beyond` where the frame has no `end` bytes, behind X if it is an index. A is lost:
    /// what stands behind it loads into A.
    void add_guard(Guard guard, std::uint64_t end, std::size_t beyond) {
        if (guard == Guard::none) return;
        const bool is_ever = end <= UINT32_MAX;
        add(BPF_LD | BPF_W | BPF_LEN, 0);
        if (guard == Guard::index) {
            add_choice(BPF_JMP | BPF_JGE | BPF_X, 0, steps_.size() + 1, beyond);
            add(BPF_ALU | BPF_SUB | BPF_X, 0);
        }
        add_choice(BPF_JMP | BPF_JGE | BPF_K, static_cast<std::uint32_t>(end),
                   is_ever ? steps_.size() + 1 : beyond, beyond);
    }

    /// `program`, which instead of returning 0 goes to `refused`, and instead of anything else, or
    /// where a guard says so, to `accepted`. Without guards there is none.
    void add(const Program& program, std::size_t refused, std::size_t accepted,
             std::span<const Guard> guards = {}) {
        const auto guard_of = [&](std::size_t i) {
            return guards.empty() ? Guard::none : guards[i];
        };
        std::vector<std::size_t> at{steps_.size()};
        for (std::size_t i = 0; i < program.size(); ++i)
            at.push_back(at.back() + length_of(guard_of(i)) + 1);
        for (std::size_t i = 0; i < program.size(); ++i) {
            const sock_filter& from = program[i];
            add_guard(guard_of(i), end_of_load(from), accepted);
            Step step{from.code, from.k, at[i + 1], at[i + 1]};
            if (from.code == return_number) {
                step = {go, 0, from.k == 0 ? refused : accepted, 0};
            } else if (from.code == (BPF_RET | BPF_A)) {
                step = {BPF_JMP | BPF_JEQ | BPF_K, 0, refused, accepted};
            } else if (from.code == go) {
                step.yes = at[i + 1 + from.k];
            } else if (is_conditional(from.code)) {
                step.yes = at[i + 1 + from.jt];
                step.no = at[i + 1 + from.jf];
            }
            steps_.push_back(step);
        }
    }

    /// A conditional jump has eight bits for each way. Where they do not reach, it goes to an
    /// unconditional one behind it, which has 32. That moves others apart, so it is asked again
    /// until nothing changes; distances only grow, so it ends.
    [[nodiscard]] Program written() const {
        std::vector<std::size_t> at(steps_.size() + 1);
        std::vector<Far> far(steps_.size());
        for (bool changed = true; changed;) {
            changed = false;
            for (std::size_t i = 0; i < steps_.size(); ++i)
                at[i + 1] = at[i] + length(i, far[i]);
            for (std::size_t i = 0; i < steps_.size(); ++i) {
                if (!is_conditional(steps_[i].code)) continue;
                const auto too_far = [&](std::size_t to) { return at[to] - at[i] - 1 > 255; };
                const Far now{far[i].yes || too_far(steps_[i].yes),
                              far[i].no || too_far(steps_[i].no)};
                changed = changed || now.yes != far[i].yes || now.no != far[i].no;
                far[i] = now;
            }
        }
        Program program;
        program.reserve(at.back());
        for (std::size_t i = 0; i < steps_.size(); ++i)
            write(program, steps_[i], far[i], at);
        return program;
    }

private:
    struct Far {
        bool yes = false;
        bool no = false;
    };

    [[nodiscard]] std::size_t length(std::size_t i, Far far) const noexcept {
        if (steps_[i].code == go) return steps_[i].yes == i + 1 ? 0 : 1;
        return std::size_t{1} + (far.yes ? 1 : 0) + (far.no ? 1 : 0);
    }

    static void write(Program& program, const Step& step, Far far,
                      const std::vector<std::size_t>& at) {
        const auto distance = [&](std::size_t to) {
            return static_cast<std::uint32_t>(at[to] - program.size() - 1);
        };
        if (step.code == go) {
            if (at[step.yes] != program.size()) {
                program.push_back(BPF_STMT(go, distance(step.yes)));
            }
            return;
        }
        if (!is_conditional(step.code)) {
            program.push_back(BPF_STMT(step.code, step.k));
            return;
        }
        const auto jt = far.yes ? 0U : distance(step.yes);
        const auto jf = far.no ? (far.yes ? 1U : 0U) : distance(step.no);
        program.push_back(
            {step.code, static_cast<std::uint8_t>(jt), static_cast<std::uint8_t>(jf), step.k});
        if (far.yes) program.push_back(BPF_STMT(go, distance(step.yes)));
        if (far.no) program.push_back(BPF_STMT(go, distance(step.no)));
    }

    std::vector<Step> steps_;
};

/// The registers begin as 0 (packet(7) does not say so, bpf_convert_filter() of the kernel does),
/// but the second of two programs gets them from the first.
void clear_registers(Draft& draft) {
    draft.add(BPF_LD | BPF_IMM, 0);
    draft.add(BPF_MISC | BPF_TAX, 0);
}

constexpr std::size_t clearing = 2;

// Of shorter frames nobody is asked: there are next to none, and most loads of headers of Ethernet
// and IPv4 need no guard behind that.
constexpr std::uint32_t shortest_asked = 34;

/// Of a program with its guards, one for each of its steps.
std::size_t guarded_length(std::span<const Guard> guards) noexcept {
    std::size_t length = guards.size();
    for (const Guard guard : guards)
        length += length_of(guard);
    return length;
}

std::uint32_t longest_cut(const Program& program) noexcept {
    std::uint32_t longest = 0;
    for (const sock_filter& step : program) {
        if (step.code == return_number) longest = std::max(longest, step.k);
        if (step.code == (BPF_RET | BPF_A)) longest = longest_reach;
    }
    return longest;
}

/// The most that X can be where an indirect load adds it.
std::uint64_t largest_index(const Program& program) noexcept {
    std::uint64_t largest = 0;
    for (const sock_filter& step : program) {
        if (BPF_CLASS(step.code) == BPF_LDX) {
            constexpr std::uint64_t longest_header = 60;  // four times a nibble
            switch (BPF_MODE(step.code)) {
                case BPF_IMM:
                    largest = std::max<std::uint64_t>(largest, step.k);
                    break;
                case BPF_MSH:
                    largest = std::max(largest, longest_header);
                    break;
                default:
                    return longest_reach;
            }
        } else if (step.code == (BPF_MISC | BPF_TAX)) {
            return longest_reach;
        }
    }
    return largest;
}

[[nodiscard]] base::Result<Program> checked(Program combined) {
    if (combined.size() > BPF_MAXINSNS) {
        return base::refuse(base::Errc::invalid_value,
                            base::text("makes ", combined.size(),
                                       " instructions, and the kernel takes ", BPF_MAXINSNS),
                            "filter");
    }
    return combined;
}

}  // namespace

Program either(std::span<const Program> programs) {
    if (programs.empty()) return drop_all();
    std::vector<const Program*> distinct;
    std::uint32_t cut = 0;
    std::uint32_t farthest = 0;
    for (const Program& program : programs) {
        cut = std::max(cut, longest_cut(program));
        farthest = std::max(farthest, reach(program));
        const auto is_same = [&](const Program* known) { return accept_same(*known, program); };
        if (std::ranges::none_of(distinct, is_same)) distinct.push_back(&program);
    }
    if (distinct.size() == 1) return with_cut(*distinct[0], cut);
    cut = std::max(cut, farthest);
    std::vector<std::vector<Guard>> guards;
    std::size_t refused = length_of(Guard::length);
    for (const Program* program : distinct) {
        auto needed = guards_of(*program, shortest_asked);
        if (!needed) return accept_all(cut);
        refused += clearing + guarded_length(*needed);
        guards.push_back(*std::move(needed));
    }
    const std::size_t accepted = refused + 1;
    Draft draft;
    draft.add_guard(Guard::length, shortest_asked, accepted);
    for (std::size_t i = 0; i < distinct.size(); ++i) {
        clear_registers(draft);
        const std::size_t next = draft.size() + guarded_length(guards[i]);
        draft.add(*distinct[i], next, accepted, guards[i]);
    }
    assert(draft.size() == refused);
    draft.add(return_number, 0);
    draft.add(return_number, cut);
    Program combined = draft.written();
    if (combined.size() > BPF_MAXINSNS) return accept_all(cut);
    return combined;
}

base::Result<Program> both(const Program& first, const Program& second) {
    if (first.size() == 1 && first[0].code == return_number && first[0].k != 0) return second;
    Draft draft;
    const std::size_t behind = first.size() + clearing + second.size();
    draft.add(first, behind, first.size());
    clear_registers(draft);
    draft.add(second, behind, behind + 1);
    draft.add(return_number, 0);
    draft.add(return_number, longest_cut(second));
    return checked(draft.written());
}

base::Result<Program> by_tag(const Program& untagged, const Program& tagged) {
    Draft draft;
    const std::size_t refused = 2 + untagged.size() + tagged.size();
    constexpr auto present = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT);
    draft.add(BPF_LD | BPF_W | BPF_ABS, present);
    draft.add_choice(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 2 + untagged.size());
    draft.add(untagged, refused, refused + 1);
    draft.add(tagged, refused, refused + 1);
    draft.add(return_number, 0);
    draft.add(return_number, std::max(longest_cut(untagged), longest_cut(tagged)));
    return checked(draft.written());
}

Program with_cut(Program program, std::uint32_t snaplen) {
    for (sock_filter& step : program) {
        if (step.code == return_number && step.k != 0) step.k = snaplen;
    }
    return program;
}

Program accept_all(std::uint32_t snaplen) {
    return {BPF_STMT(BPF_RET | BPF_K, snaplen)};
}

std::uint32_t reach(const Program& program) noexcept {
    const std::uint64_t index = largest_index(program);
    std::uint64_t farthest = 0;
    for (const sock_filter& step : program) {
        const bool adds_x = is_indirect_load(step);
        farthest = std::max(farthest, end_of_load(step) + (adds_x ? index : 0));
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(farthest, longest_reach));
}

bool accept_same(const Program& one, const Program& other) noexcept {
    return std::ranges::equal(one, other, [](const sock_filter& a, const sock_filter& b) {
        const bool both_keep = a.code == return_number && a.k != 0 && b.k != 0;
        return a.code == b.code && a.jt == b.jt && a.jf == b.jf && (a.k == b.k || both_keep);
    });
}

}  // namespace xpc::capture::af_packet
