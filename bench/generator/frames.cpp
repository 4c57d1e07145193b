#include "generator/frames.hpp"

#include <utility>

namespace xpc::bench {
namespace {

constexpr std::uint16_t first_source_port = 10000;
constexpr std::uint16_t destination_port = 9999;

/// Writes big-endian numbers one after the other.
class Writer {
public:
    explicit Writer(std::span<std::byte> out) : out_(out) {}

    void u8(unsigned value) { out_[at_++] = static_cast<std::byte>(value & 0xffU); }

    void u16(unsigned value) {
        u8(value >> 8);
        u8(value);
    }

    void u32(std::uint32_t value) {
        u16(value >> 16);
        u16(value & 0xffffU);
    }

private:
    std::span<std::byte> out_;
    std::size_t at_ = 0;
};

/// RFC 1071, over a header whose checksum is still zero.
std::uint16_t checksum(std::span<const std::byte> header) {
    std::uint32_t sum = 0;
    for (std::size_t at = 0; at + 1 < header.size(); at += 2)
        sum += std::to_integer<std::uint32_t>(header[at]) << 8 |
               std::to_integer<std::uint32_t>(header[at + 1]);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

void write_head(std::span<std::byte> head, std::size_t size, std::uint32_t flow) {
    using namespace numbered;
    const auto ip_length = static_cast<unsigned>(size - ethernet_bytes);
    // The destination is no interface's address: the receiving kernel drops the frame as somebody
    // else's once the captures have seen it, and spends nothing on ICMP.
    Writer ethernet(head);
    for (const unsigned byte : {2U, 0U, 0U, 0U, 0U, 1U, 2U, 0U, 0U, 0U, 0U, 2U})
        ethernet.u8(byte);
    ethernet.u16(0x0800);

    Writer ip(head.subspan(ethernet_bytes));
    ip.u16(0x4500);
    ip.u16(ip_length);
    ip.u32(0);
    ip.u16(64U << 8 | 17U);
    ip.u16(0);
    ip.u32((10U << 24 | 99U << 16) + flow + 1);
    ip.u32((10U << 24 | 98U << 16) + flow + 1);
    const std::uint16_t sum = checksum(head.subspan(ethernet_bytes, ip_bytes));
    Writer(head.subspan(ethernet_bytes + 10)).u16(sum);

    Writer udp(head.subspan(ethernet_bytes + ip_bytes));
    udp.u16(first_source_port + flow % 50000U);
    udp.u16(destination_port);
    udp.u16(ip_length - static_cast<unsigned>(ip_bytes));
    udp.u16(0);  // no checksum (RFC 768)
    std::memcpy(head.data() + magic_offset, &magic, sizeof magic);
}

}  // namespace

Frames::Frames(std::vector<std::size_t> sizes, std::uint64_t flows)
    : sizes_(std::move(sizes)), flows_(flows), heads_(sizes_.size() * flows) {
    auto head = heads_.begin();
    for (std::uint32_t flow = 0; flow < flows_; ++flow) {
        for (const std::size_t size : sizes_)
            write_head(*head++, size, flow);
    }
}

std::size_t Frames::write(std::uint64_t number,
                          std::span<std::byte, largest> frame) const noexcept {
    const std::size_t kind = number % sizes_.size();
    const Head& head = heads_[number % flows_ * sizes_.size() + kind];
    std::memcpy(frame.data(), head.data(), numbered::number_offset);
    std::memcpy(frame.data() + numbered::number_offset, &number, sizeof number);
    return sizes_[kind];
}

}  // namespace xpc::bench
