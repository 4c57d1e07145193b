#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/mapping.hpp"
#include "base/unique_fd.hpp"
#include "capture/af_packet/bpf.hpp"
#include "capture/interfaces.hpp"
#include "pcap/frame.hpp"

namespace xpc::capture::af_packet {

class Ring;

/// The right to read one block that the kernel has filled. The block goes back to the kernel with
/// the lease.
class BlockLease {
public:
    BlockLease(BlockLease&& other) noexcept;
    BlockLease& operator=(BlockLease&&) = delete;
    BlockLease(const BlockLease&) = delete;
    BlockLease& operator=(const BlockLease&) = delete;
    ~BlockLease();

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

private:
    friend class Ring;

    explicit BlockLease(std::span<std::byte> bytes) noexcept : bytes_(bytes) {}

    std::span<std::byte> bytes_;
};

/// What the kernel counted since the ring was asked before.
struct RingCounts {
    std::uint64_t accepted = 0;  ///< by the filter, dropped ones included
    std::uint64_t dropped = 0;   ///< of these, for want of room in the ring
};

/// A packet socket whose ring exists, and that receives nothing. The kernel takes its time to find
/// and clear the memory, 1 ms a MiB on some machines; made ahead, a capture does not wait for it.
/// The memory is the kernel's and not in the process before the ring is put to use.
/// Errors: the constructor throws Failure: permission (with the command that grants it), no_memory
///         with the size. `what` names the use in them.
class IdleRing {
public:
    IdleRing(pcap::LinkType link_type, std::size_t ring_bytes, const std::string& what);

    /// Whether it serves interfaces of that link type.
    [[nodiscard]] bool serves(pcap::LinkType link_type) const noexcept {
        return is_cooked_ == (link_type == pcap::LinkType::linux_sll2);
    }

    [[nodiscard]] std::size_t bytes() const noexcept { return block_bytes_ * block_count_; }

    // below 128 KiB a frame of 64 KiB (GSO) could fill half of a block
    static constexpr std::size_t smallest_block = std::size_t{128} << 10U;
    static constexpr std::size_t fewest_blocks = 4;
    static constexpr std::size_t least_bytes = smallest_block * fewest_blocks;

private:
    friend class Ring;

    bool is_cooked_;
    base::UniqueFd socket_;
    std::size_t block_bytes_;
    std::size_t block_count_;
};

/// A packet socket with its memory-mapped TPACKET_V3 ring, on an interface. Frames come in from the
/// end of the constructor on, and none that its filter had not seen.
/// Errors: the constructor throws Failure: no_such_interface, device.
/// Source: packet(7), Documentation/networking/packet_mmap.rst (6.1)
class Ring {
public:
    Ring(const Interface& interface, const Program& filter, IdleRing idle);

    /// Frames have the time of the network card's clock from now on, where it gave them one.
    void use_hardware_time();

    /// Shares the interface's traffic with the other rings that have joined the same group, all
    /// frames of a flow in the same ring. Without a group it makes a new one. Returns the group.
    std::uint16_t join_fanout(std::optional<std::uint16_t> group);

    /// Makes its blocks readable, so before they are asked for. Putting the pages into the process
    /// takes the kernel 3 ms for 24 MiB, and frames come in meanwhile.
    /// Errors: Failure: no_memory with the size.
    void map();

    /// The oldest filled block, if there is one. At most one lease at a time.
    [[nodiscard]] std::optional<BlockLease> next_block() noexcept;

    /// Whether next_block() has one.
    [[nodiscard]] bool has_block() const noexcept { return is_ready(0); }

    /// Whether three quarters of the blocks wait to be taken.
    [[nodiscard]] bool is_nearly_full() const noexcept {
        return is_ready(idle_.block_count_ * 3 / 4);
    }

    [[nodiscard]] std::size_t block_bytes() const noexcept { return idle_.block_bytes_; }

    /// From now on only what this program accepts comes in.
    void set_filter(const Program& filter);

    /// The kernel's counters restart at each call (packet(7), PACKET_STATISTICS): call it in one
    /// place.
    [[nodiscard]] RingCounts take_counts();

    /// The error that is pending on the socket, such as ENETDOWN, or 0.
    [[nodiscard]] int take_error() noexcept;

    /// Readable when a block is filled or an error is pending.
    [[nodiscard]] base::Fd fd() const noexcept { return idle_.socket_; }

    /// A block is given to the reader this long after its first frame, however empty it is.
    static constexpr std::chrono::milliseconds block_timeout{20};

private:
    /// The block so many after the next, and whether it has been filled.
    [[nodiscard]] std::span<std::byte> block(std::size_t ahead) const noexcept;
    [[nodiscard]] bool is_ready(std::size_t ahead) const noexcept;

    std::string what_;
    IdleRing idle_;
    base::Mapping memory_;
    std::size_t next_ = 0;
};

}  // namespace xpc::capture::af_packet
