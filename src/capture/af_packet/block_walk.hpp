#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <linux/if_packet.h>

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

    [[nodiscard]] Step next() noexcept {
        if (!fault_.empty()) return Step::corrupt;
        if (remaining_ == 0) return Step::end;
        if (offset_ > block_.size() || block_.size() - offset_ < smallest_frame) {
            return leaves("ring block: a frame's header leaves the block");
        }
        if (offset_ % alignof(tpacket3_hdr) != 0) {
            return leaves("ring block: a frame's header lies askew");
        }
        const auto rest = block_.subspan(offset_);
        // read where it is: to copy it first takes a tenth of a short frame's time
        const auto& header = *reinterpret_cast<const tpacket3_hdr*>(rest.data());
        if (header.tp_mac < smallest_frame || header.tp_mac > rest.size() ||
            rest.size() - header.tp_mac < header.tp_snaplen) {
            return leaves("ring block: a frame leaves the block");
        }
        if (remaining_ > 1 && header.tp_next_offset == 0) {
            return leaves("ring block: the chain of frames leaves the block");
        }
        header_ = &header;
        bytes_ = rest.subspan(header.tp_mac, header.tp_snaplen);
        --remaining_;
        offset_ += header.tp_next_offset;
        ask_ahead(rest.data());
        return Step::frame;
    }

    // the frame that next() went to

    /// All that the kernel says of it: more than most frames are asked for.
    [[nodiscard]] RawFrame raw() const noexcept;

    [[nodiscard]] bool has_begun() const noexcept { return header_ != nullptr; }

    /// Whether the kernel has taken a VLAN tag off.
    [[nodiscard]] bool has_tag() const noexcept {
        return (header_->tp_status & TP_STATUS_VLAN_VALID) != 0;
    }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

    [[nodiscard]] std::uint32_t wire_bytes() const noexcept { return header_->tp_len; }

    [[nodiscard]] base::WallTime when() const noexcept {
        return ring_time(header_->tp_sec, header_->tp_nsec);
    }

    /// Frames that the block says it has and that next() has not given; a corrupt block's are lost.
    [[nodiscard]] std::uint32_t remaining() const noexcept { return remaining_; }

    /// What leaves the block, as a sentence.
    [[nodiscard]] std::string_view fault() const noexcept { return fault_; }

private:
    // sockaddr_ll follows the header, aligned (packet_mmap.rst, "Ring setup")
    static constexpr std::size_t address_offset =
        (sizeof(tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;
    static constexpr std::size_t smallest_frame = address_offset + sizeof(sockaddr_ll);

    /// The kernel has written the block a moment ago, often on another core: what is asked for some
    /// dozen short frames ahead is here in time. Behind the block's end nothing comes of it.
    static void ask_ahead(const std::byte* at) noexcept {
        constexpr std::size_t ahead = 4096;
        constexpr std::size_t line = 64;
        __builtin_prefetch(at + ahead);
        __builtin_prefetch(at + ahead + line);
        __builtin_prefetch(at + ahead + 2 * line);
    }

    [[nodiscard]] Step leaves(std::string_view fault) noexcept;

    std::span<const std::byte> block_;
    std::uint32_t remaining_ = 0;
    std::size_t offset_ = 0;
    const tpacket3_hdr* header_ = nullptr;
    std::span<const std::byte> bytes_;
    std::string_view fault_;
};

}  // namespace xpc::capture::af_packet
