#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.hpp"

namespace xpc::pcap {

/// What the first bytes of a frame are. The numbers are those of files:
/// https://www.tcpdump.org/linktypes.html
enum class LinkType : std::uint32_t {
    ethernet = 1,     ///< LINKTYPE_ETHERNET
    raw_ip = 101,     ///< LINKTYPE_RAW: IPv4 or IPv6, told by the version nibble
    linux_sll2 = 276  ///< LINKTYPE_LINUX_SLL2: what `any` and odd interfaces give
};

/// One packet as captured, borrowed from where it was captured to.
/// Shape: the captured bytes are those of `pieces`, one after the other (a VLAN tag or a cooked
///        header that was put in front of or between kernel memory makes a piece of its own);
///        `captured_bytes` is their sum, and ≤ `wire_bytes`, what was on the wire.
struct FrameView {
    std::array<std::span<const std::byte>, 3> pieces;
    std::uint32_t captured_bytes = 0;
    std::uint32_t wire_bytes = 0;
    base::WallTime when;
    std::uint64_t number = 0;  ///< no two frames of one source have the same
    std::uint32_t source = 0;  ///< which of the interfaces of its file it came from
};

/// What a consumer makes of frames that it is shown.
struct Taken {
    std::size_t frames = 0;  ///< so many, the first of them
    bool is_full = false;    ///< and wants no other; else all were taken
};

/// What came so far, of all that the source saw since the consumer began to be given frames.
struct SourceCounts {
    std::uint64_t seen = 0;     ///< frames, whether they were for this consumer or not
    std::uint64_t dropped = 0;  ///< frames lost before anybody could look at them
    std::uint64_t overrun = 0;  ///< of those seen: wanted, and lost on the way for want of memory
    base::WallTime up_to;       ///< what arrived before that moment has been shown
};

/// Where captured frames go.
class FrameConsumer {
public:
    virtual ~FrameConsumer() = default;

    /// Never blocks. The frames, at least one, are gone when this returns.
    virtual Taken accept(std::span<const FrameView> frames) = 0;

    /// Whether frames of so many bytes altogether would find memory. Where not, a source that can
    /// keep them for a moment does so before it shows them.
    [[nodiscard]] virtual bool has_room(std::size_t bytes) const = 0;

    /// Called after each batch of frames, and at least four times a second when there are none.
    virtual void batch_done(const SourceCounts& counts) = 0;

    FrameConsumer(const FrameConsumer&) = delete;
    FrameConsumer& operator=(const FrameConsumer&) = delete;
    FrameConsumer(FrameConsumer&&) = delete;
    FrameConsumer& operator=(FrameConsumer&&) = delete;

protected:
    FrameConsumer() = default;
};

}  // namespace xpc::pcap
