#include "generator/sender.hpp"

#include <cassert>
#include <cerrno>
#include <utility>

#include <linux/if_packet.h>
#include <net/if.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::bench {
namespace {

base::UniqueFd packet_socket(const std::string& interface) {
    // Protocol 0: it sends, and receives nothing.
    auto made = base::UniqueFd::adopt(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!made.valid()) throw base::Failure::from_errno("packet socket", errno);
    const unsigned index = if_nametoindex(interface.c_str());
    if (index == 0)
        throw base::Failure::from_errno(base::text("interface ", base::quoted(interface)), errno);
    const int yes = 1;
    if (setsockopt(made.raw(), SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes) != 0)
        throw base::Failure::from_errno("PACKET_QDISC_BYPASS", errno);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(index);
    if (bind(made.raw(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw base::Failure::from_errno(base::text("bind to ", base::quoted(interface)), errno);
    return made;
}

}  // namespace

Sender::Sender(const std::string& interface, Frames frames)
    : socket_(packet_socket(interface)), frames_(std::move(frames)), slots_(largest_batch) {
    for (std::size_t slot = 0; slot < largest_batch; ++slot) {
        pieces_[slot].iov_base = slots_[slot].data();
        messages_[slot].msg_hdr.msg_iov = &pieces_[slot];
        messages_[slot].msg_hdr.msg_iovlen = 1;
    }
}

std::size_t Sender::send(std::uint64_t number, std::size_t count) {
    assert(count > 0 && count <= largest_batch);
    for (std::size_t slot = 0; slot < count; ++slot)
        pieces_[slot].iov_len = frames_.write(number + slot, slots_[slot]);
    const int taken = sendmmsg(socket_.raw(), messages_.data(), static_cast<unsigned>(count), 0);
    if (taken < 0) {
        if (errno == ENOBUFS || errno == EINTR) return 0;
        throw base::Failure::from_errno("sendmmsg", errno);
    }
    const auto sent = static_cast<std::size_t>(taken);
    for (std::size_t slot = 0; slot < sent; ++slot)
        sent_bytes_ += pieces_[slot].iov_len;
    return sent;
}

}  // namespace xpc::bench
