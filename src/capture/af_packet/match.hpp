#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "capture/af_packet/bpf.hpp"
#include "capture/af_packet/match_op.hpp"
#include "capture/af_packet/raw_frame.hpp"

namespace xpc::capture::af_packet {

/// A filter program that runs on raw frames here, as the kernel runs it on them there.
/// Shape:   a load beyond the captured bytes refuses the frame, as in the kernel one beyond the
///          frame does: where frames are cut, no shorter than reach() of the program says.
///          Of the kernel's own numbers it knows those that a raw frame has: protocol, packet type,
///          interface, hardware type and VLAN tag.
/// Threads: any number at once.
/// Source:  linux/filter.h, Documentation/networking/filter.rst (6.1)
class Matcher {
public:
    /// Checks all that can be known before the first frame, so that a run needs only the frame's
    /// bounds: jumps go forward and stay inside, instructions and memory cells exist, divisors
    /// are not 0, the last instruction returns.
    /// Errors: invalid_value with the instruction's number.
    [[nodiscard]] static base::Result<Matcher> load(const Program& program);

    [[nodiscard]] bool matches(const RawFrame& frame) const noexcept {
        return accepts_all_ || run(frame) != 0;
    }

    /// Nothing has to be looked at.
    [[nodiscard]] bool accepts_all() const noexcept { return accepts_all_; }

    /// What the program returns: how many bytes of the frame it keeps, 0 for none.
    [[nodiscard]] std::uint32_t run(const RawFrame& frame) const noexcept;

private:
    struct Step {
        MatchOp op;
        std::uint16_t yes;    ///< where to go on, as a position
        std::uint16_t no;     ///< likewise
        std::uint32_t k;      ///< as in the program
        std::uint32_t value;  ///< what a load is compared with, where the next step does that
    };

    [[nodiscard]] static base::Result<Step> decoded(const Program& program, std::size_t position);
    void fuse() noexcept;

    std::vector<Step> steps_;
    bool accepts_all_ = false;
};

}  // namespace xpc::capture::af_packet
