#include "capture/af_packet/ring.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::capture::af_packet {
namespace {

using base::Failure;
using base::text;

// Sixteen blocks let the reader fall behind by most of the ring; above 1 MiB a block brings
// nothing.
constexpr std::size_t largest_block = std::size_t{1} << 20U;
constexpr std::size_t wanted_blocks = 16;

std::uint32_t status_of(std::span<std::byte> block) {
    auto& status = reinterpret_cast<tpacket_block_desc*>(block.data())->hdr.bh1.block_status;
    return std::atomic_ref(status).load(std::memory_order_acquire);
}

template <typename T>
void set_option(base::Fd socket, int option, const T& value, const std::string& what) {
    if (::setsockopt(socket.raw(), SOL_PACKET, option, &value, sizeof value) != 0) {
        throw Failure::from_errno(what, errno);
    }
}

base::UniqueFd open_socket(bool is_cooked, const std::string& what) {
    const int type = is_cooked ? SOCK_DGRAM : SOCK_RAW;
    // protocol 0: nothing is received before bind() says what (packet(7))
    auto socket =
        base::UniqueFd::adopt(::socket(AF_PACKET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) {
        const int error_number = errno;
        if (error_number == EPERM || error_number == EACCES) {
            throw Failure(base::Errc::permission,
                          what +
                              ": capturing needs CAP_NET_RAW: run as root, or once: setcap "
                              "cap_net_raw+ep $(command -v xepacketcap)");
        }
        throw Failure::from_errno(what + ": socket", error_number);
    }
    return socket;
}

}  // namespace

BlockLease::BlockLease(BlockLease&& other) noexcept
    : bytes_(std::exchange(other.bytes_, std::span<std::byte>{})) {}

BlockLease::~BlockLease() {
    if (bytes_.empty()) return;
    auto& status = reinterpret_cast<tpacket_block_desc*>(bytes_.data())->hdr.bh1.block_status;
    std::atomic_ref(status).store(TP_STATUS_KERNEL, std::memory_order_release);
}

IdleRing::IdleRing(pcap::LinkType link_type, std::size_t ring_bytes, const std::string& what)
    : is_cooked_(link_type == pcap::LinkType::linux_sll2),
      socket_(open_socket(is_cooked_, what)),
      block_bytes_(
          std::bit_floor(std::clamp(ring_bytes / wanted_blocks, smallest_block, largest_block))),
      block_count_(std::max(ring_bytes / block_bytes_, fewest_blocks)) {
    set_option(socket_, PACKET_VERSION, int{TPACKET_V3}, what + ": TPACKET_V3");
    constexpr unsigned frame_bytes = 2048;  // V3 packs frames as they come; only checked for shape
    tpacket_req3 request{};
    request.tp_block_size = static_cast<unsigned>(block_bytes_);
    request.tp_block_nr = static_cast<unsigned>(block_count_);
    request.tp_frame_size = frame_bytes;
    request.tp_frame_nr = static_cast<unsigned>(block_bytes_ / frame_bytes * block_count_);
    request.tp_retire_blk_tov = static_cast<unsigned>(Ring::block_timeout.count());
    set_option(socket_, PACKET_RX_RING, request,
               text(what, ": ring of ", block_count_, " blocks of ", block_bytes_, " bytes"));
}

Ring::Ring(const Interface& interface, const Program& filter, IdleRing idle)
    : what_(text("interface ", base::quoted(interface.name))), idle_(std::move(idle)) {
    set_filter(filter);
    if (interface.index != 0) {
        packet_mreq membership{};
        membership.mr_ifindex = interface.index;
        membership.mr_type = PACKET_MR_PROMISC;  // ends with the socket, unlike IFF_PROMISC
        set_option(fd(), PACKET_ADD_MEMBERSHIP, membership, what_ + ": promiscuous mode");
    }
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = interface.index;
    if (::bind(fd().raw(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw Failure::from_errno(what_, errno);
    }
    // an interface that is down is told here, not by bind()
    if (const int pending = take_error(); pending != 0) throw Failure::from_errno(what_, pending);
}

void Ring::map() {
    memory_ = base::Mapping::shared(fd(), idle_.bytes(), what_ + ": ring");
}

void Ring::use_hardware_time() {
    set_option(fd(), PACKET_TIMESTAMP, int{SOF_TIMESTAMPING_RAW_HARDWARE},
               what_ + ": time stamps of the network card");
}

std::uint16_t Ring::join_fanout(std::optional<std::uint16_t> group) {
    // by flow; fragments are put together first, so that they follow their flow
    constexpr unsigned by_flow = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;
    const unsigned kind = group ? by_flow : by_flow | PACKET_FANOUT_FLAG_UNIQUEID;
    const std::string what = what_ + ": sharing its traffic among several readers";
    set_option(fd(), PACKET_FANOUT, group.value_or(0) | kind << 16U, what);
    unsigned joined = 0;
    socklen_t length = sizeof joined;
    if (::getsockopt(fd().raw(), SOL_PACKET, PACKET_FANOUT, &joined, &length) != 0) {
        throw Failure::from_errno(what, errno);
    }
    return static_cast<std::uint16_t>(joined);
}

std::span<std::byte> Ring::block(std::size_t ahead) const noexcept {
    const std::size_t index = (next_ + ahead) % idle_.block_count_;
    return memory_.bytes().subspan(index * idle_.block_bytes_, idle_.block_bytes_);
}

bool Ring::is_ready(std::size_t ahead) const noexcept {
    return (status_of(block(ahead)) & TP_STATUS_USER) != 0;
}

std::optional<BlockLease> Ring::next_block() noexcept {
    if (!has_block()) return std::nullopt;
    const auto oldest = block(0);
    next_ = (next_ + 1) % idle_.block_count_;
    return BlockLease(oldest);
}

void Ring::set_filter(const Program& filter) {
    // the kernel only reads it, but its structure does not say so
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    auto* const steps = const_cast<sock_filter*>(filter.data());
    const sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = steps};
    if (::setsockopt(fd().raw(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
        throw Failure::from_errno(what_ + ": attaching the filter", errno);
    }
}

RingCounts Ring::take_counts() {
    tpacket_stats_v3 counts{};
    socklen_t length = sizeof counts;
    if (::getsockopt(fd().raw(), SOL_PACKET, PACKET_STATISTICS, &counts, &length) != 0) {
        throw Failure::from_errno(what_ + ": statistics", errno);
    }
    return {.accepted = counts.tp_packets, .dropped = counts.tp_drops};
}

// NOLINTNEXTLINE(readability-make-member-function-const): the socket has it no more
int Ring::take_error() noexcept {
    int pending = 0;
    socklen_t length = sizeof pending;
    if (::getsockopt(fd().raw(), SOL_SOCKET, SO_ERROR, &pending, &length) != 0) return errno;
    return pending;
}

}  // namespace xpc::capture::af_packet
