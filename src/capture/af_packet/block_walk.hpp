#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "capture/af_packet/raw_frame.hpp"

namespace xpc::capture::af_packet {

/// Frames of one retired TPACKET_V3 block, in arrival order. A block is from the kernel, but shared
/// memory all the same: nothing in it is believed that would lead out of it.
/// Lifetime: a frame borrows from the block.
/// Source:   linux/if_packet.h, Documentation/networking/packet_mmap.rst (6.1)
class BlockWalk {
public:
    enum class Step {
        frame,   ///< raw() is the next frame
        end,     ///< there are no more
        corrupt  ///< an offset or a length leaves the block, see fault(); the walk is over
    };

    explicit BlockWalk(std::span<const std::byte> block) noexcept;

    [[nodiscard]] Step next() noexcept;

    /// The frame that next() went to.
    [[nodiscard]] const RawFrame& raw() const noexcept { return raw_; }

    /// Frames that the block says it has and that next() has not given; a corrupt block's are lost.
    [[nodiscard]] std::uint32_t remaining() const noexcept { return remaining_; }

    /// What leaves the block, as a sentence.
    [[nodiscard]] std::string_view fault() const noexcept { return fault_; }

private:
    [[nodiscard]] Step leaves(std::string_view fault) noexcept;

    std::span<const std::byte> block_;
    std::uint32_t remaining_ = 0;
    std::size_t offset_ = 0;
    RawFrame raw_;
    std::string_view fault_;
};

}  // namespace xpc::capture::af_packet
