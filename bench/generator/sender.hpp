#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/unique_fd.hpp"
#include "generator/frames.hpp"

namespace xpc::bench {

/// Sends numbered frames through an AF_PACKET socket, past the queueing discipline.
/// Errors: Failure when the interface is not there, goes down, or the socket is not allowed.
/// Source: packet(7), PACKET_QDISC_BYPASS; sendmmsg(2)
class Sender {
public:
    static constexpr std::size_t largest_batch = 64;

    Sender(const std::string& interface, Frames frames);

    /// Offers the frames from `number` on, at most `largest_batch` of them. Returns how many the
    /// kernel took; those that it had no room for (ENOBUFS) are to be offered again.
    [[nodiscard]] std::size_t send(std::uint64_t number, std::size_t count);

    [[nodiscard]] std::uint64_t sent_bytes() const noexcept { return sent_bytes_; }

private:
    base::UniqueFd socket_;
    Frames frames_;
    std::vector<std::array<std::byte, Frames::largest>> slots_;
    std::array<iovec, largest_batch> pieces_{};
    std::array<mmsghdr, largest_batch> messages_{};
    std::uint64_t sent_bytes_ = 0;
};

}  // namespace xpc::bench
