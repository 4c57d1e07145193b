#include "capture/af_packet/block_walk.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <doctest/doctest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/bytes.hpp"

using namespace xpc;
using capture::af_packet::BlockWalk;

namespace {

constexpr std::size_t first_frame = 48;
constexpr std::size_t bytes_offset = 128;  // of the captured bytes within a frame's slot
constexpr std::size_t slot = 256;

/// A block as the kernel lays it out, with `frames` frames of `length` bytes each.
struct Block {
    std::vector<std::byte> bytes;

    explicit Block(std::uint32_t frames, std::uint32_t length = 60)
        : bytes(first_frame + frames * slot) {
        tpacket_block_desc descriptor{};
        descriptor.hdr.bh1.num_pkts = frames;
        descriptor.hdr.bh1.offset_to_first_pkt = first_frame;
        base::store(bytes.data(), descriptor);
        for (std::uint32_t i = 0; i < frames; ++i) {
            tpacket3_hdr header{};
            header.tp_next_offset = i + 1 == frames ? 0 : slot;
            header.tp_sec = 1'795'421'730;
            header.tp_nsec = i;
            header.tp_snaplen = length;
            header.tp_len = length + 1000;
            header.tp_mac = bytes_offset;
            change(i, header);
            for (std::uint32_t j = 0; j < length; ++j) {
                bytes[first_frame + i * slot + bytes_offset + j] = static_cast<std::byte>(j);
            }
        }
    }

    void change(std::uint32_t frame, const tpacket3_hdr& header) {
        base::store(bytes.data() + first_frame + frame * slot, header);
    }

    [[nodiscard]] tpacket3_hdr header(std::uint32_t frame) const {
        return base::load<tpacket3_hdr>(bytes, first_frame + frame * slot);
    }
};

std::vector<std::byte> joined(const pcap::FrameView& frame) {
    std::vector<std::byte> all;
    for (const auto& piece : frame.pieces)
        all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

}  // namespace

TEST_CASE("the frames of a block come in order, with their times and lengths") {
    const Block block(3);
    BlockWalk walk(block.bytes, pcap::LinkType::ethernet, 262'144);
    for (std::uint32_t i = 0; i < 3; ++i) {
        CHECK(walk.remaining() == 3 - i);
        const auto frame = walk.next();
        REQUIRE(frame);
        REQUIRE(*frame);
        CHECK((*frame)->captured_bytes == 60);
        CHECK((*frame)->wire_bytes == 1060);
        CHECK((*frame)->when.time_since_epoch().count() == 1'795'421'730'000'000'000 + i);
        CHECK(joined(**frame).size() == 60);
    }
    const auto end = walk.next();
    REQUIRE(end);
    CHECK_FALSE(*end);
}

TEST_CASE("a stripped VLAN tag is put back behind the addresses") {
    Block block(1);
    auto header = block.header(0);
    header.tp_status = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
    header.hv1.tp_vlan_tci = 0x2064;
    header.hv1.tp_vlan_tpid = ETH_P_8021AD;
    block.change(0, header);
    BlockWalk walk(block.bytes, pcap::LinkType::ethernet, 262'144);
    const auto frame = walk.next();
    REQUIRE(frame);
    const auto bytes = joined(**frame);
    REQUIRE(bytes.size() == 64);
    CHECK((*frame)->captured_bytes == 64);
    CHECK((*frame)->wire_bytes == 1064);
    CHECK(bytes[11] == std::byte{11});
    CHECK(base::load<std::array<std::uint8_t, 4>>(bytes, 12) ==
          std::array<std::uint8_t, 4>{0x88, 0xA8, 0x20, 0x64});
    CHECK(bytes[16] == std::byte{12});
}

TEST_CASE("a cooked frame has its header in front, and a stripped tag in it") {
    Block block(1);
    auto header = block.header(0);
    header.tp_status = TP_STATUS_VLAN_VALID;  // no TPID: 802.1Q
    header.hv1.tp_vlan_tci = 100;
    block.change(0, header);
    sockaddr_ll from{};
    from.sll_protocol = base::to_big_endian(std::uint16_t{ETH_P_IPV6});
    from.sll_ifindex = 7;
    from.sll_hatype = 1;
    from.sll_pkttype = 4;
    from.sll_halen = 6;
    base::store(block.bytes.data() + first_frame + 48, from);
    BlockWalk walk(block.bytes, pcap::LinkType::linux_sll2, 262'144);
    const auto frame = walk.next();
    REQUIRE(frame);
    const auto bytes = joined(**frame);
    REQUIRE(bytes.size() == 84);
    const std::array<std::uint8_t, 12> start{0x81, 0x00, 0, 0, 0, 0, 0, 7, 0, 1, 4, 6};
    CHECK(base::load<std::array<std::uint8_t, 12>>(bytes) == start);
    CHECK(base::load<std::array<std::uint8_t, 4>>(bytes, 20) ==
          std::array<std::uint8_t, 4>{0, 100, 0x86, 0xDD});
    CHECK((*frame)->wire_bytes == 1084);
}

TEST_CASE("no frame is longer than the snap length, added headers included") {
    Block block(1);
    auto header = block.header(0);
    header.tp_status = TP_STATUS_VLAN_VALID;
    block.change(0, header);
    for (const std::uint32_t snaplen : {1U, 12U, 14U, 16U, 63U, 64U, 65U}) {
        CAPTURE(snaplen);
        BlockWalk walk(block.bytes, pcap::LinkType::ethernet, snaplen);
        const auto frame = walk.next();
        REQUIRE(frame);
        CHECK((*frame)->captured_bytes == std::min(snaplen, 64U));
        CHECK(joined(**frame).size() == (*frame)->captured_bytes);
        CHECK((*frame)->wire_bytes == 1064);
    }
}

TEST_CASE("a frame shorter than its addresses is given as it is") {
    Block block(1, 5);
    auto header = block.header(0);
    header.tp_status = TP_STATUS_VLAN_VALID;
    block.change(0, header);
    BlockWalk walk(block.bytes, pcap::LinkType::ethernet, 262'144);
    const auto frame = walk.next();
    REQUIRE(frame);
    CHECK((*frame)->captured_bytes == 5);
}

TEST_CASE("an offset or a length that leaves the block is refused") {
    struct Row {
        const char* name;
        void (*spoil)(tpacket3_hdr&);
    };

    const auto rows = std::to_array<Row>({
        {"bytes begin behind the block", [](tpacket3_hdr& h) { h.tp_mac = 60'000; }},
        {"bytes begin within the header", [](tpacket3_hdr& h) { h.tp_mac = 8; }},
        {"bytes end behind the block", [](tpacket3_hdr& h) { h.tp_snaplen = 10'000; }},
        {"length near 2^32", [](tpacket3_hdr& h) { h.tp_snaplen = 0xFFFFFFFF; }},
        {"next frame behind the block", [](tpacket3_hdr& h) { h.tp_next_offset = 0xFFFFFF00; }},
        {"no next frame where one is due", [](tpacket3_hdr& h) { h.tp_next_offset = 0; }},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Block block(2);
        auto header = block.header(0);
        row.spoil(header);
        block.change(0, header);
        BlockWalk walk(block.bytes, pcap::LinkType::ethernet, 262'144);
        auto frame = walk.next();
        if (frame) frame = walk.next();
        REQUIRE_FALSE(frame);
        CHECK(frame.error().errc == base::Errc::corrupt);
    }
}

TEST_CASE("a block that is none has no frames") {
    BlockWalk walk({}, pcap::LinkType::ethernet, 96);
    const auto frame = walk.next();
    REQUIRE(frame);
    CHECK_FALSE(*frame);
}
