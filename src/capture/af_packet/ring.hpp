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

/// A packet socket with its memory-mapped TPACKET_V3 ring. Frames come in from the end of the
/// constructor on, and none that its filter had not seen.
/// Errors: the constructor throws Failure: permission (with the command that grants it), no_memory
///         with the size, no_such_interface, device.
/// Source: packet(7), Documentation/networking/packet_mmap.rst (6.1)
class Ring {
public:
    Ring(const Interface& interface, pcap::LinkType link_type, const Program& filter,
         std::size_t ring_bytes);

    /// The oldest filled block, if there is one. At most one lease at a time.
    [[nodiscard]] std::optional<BlockLease> next_block() noexcept;

    /// From now on only what this program accepts comes in.
    void set_filter(const Program& filter);

    /// The kernel's counters restart at each call (packet(7), PACKET_STATISTICS): call it in one
    /// place.
    [[nodiscard]] RingCounts take_counts();

    /// The error that is pending on the socket, such as ENETDOWN, or 0.
    [[nodiscard]] int take_error() noexcept;

    /// Readable when a block is filled or an error is pending.
    [[nodiscard]] base::Fd fd() const noexcept { return socket_; }

    /// A block is given to the reader this long after its first frame, however empty it is.
    static constexpr std::chrono::milliseconds block_timeout{10};

private:
    std::string what_;
    base::UniqueFd socket_;
    base::Mapping memory_;
    std::size_t block_bytes_ = 0;
    std::size_t block_count_ = 0;
    std::size_t next_ = 0;
};

}  // namespace xpc::capture::af_packet
