#include "capture/af_packet/block_walk.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <doctest/doctest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/bytes.hpp"

using namespace xpc;
using capture::af_packet::AddedBytes;
using capture::af_packet::BlockWalk;
using Step = capture::af_packet::BlockWalk::Step;
using pcap::LinkType;

namespace {

constexpr std::uint32_t whole = 262'144;
constexpr std::size_t first_frame = 48;
constexpr std::size_t bytes_offset = 128;  // of the captured bytes within a frame's slot

/// A block as the kernel lays it out, with `frames` frames of `length` bytes each.
struct Block {
    std::size_t slot;
    std::vector<std::byte> bytes;

    explicit Block(std::uint32_t frames, std::uint32_t length = 60)
        : slot((bytes_offset + length + 127) / 128 * 128), bytes(first_frame + frames * slot) {
        tpacket_block_desc descriptor{};
        descriptor.hdr.bh1.num_pkts = frames;
        descriptor.hdr.bh1.offset_to_first_pkt = first_frame;
        base::store(bytes.data(), descriptor);
        for (std::uint32_t i = 0; i < frames; ++i) {
            tpacket3_hdr header{};
            header.tp_next_offset = i + 1 == frames ? 0 : static_cast<std::uint32_t>(slot);
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

    /// The only frame, with that status and tag.
    void mark(std::uint32_t status, std::uint16_t tci = 0, std::uint16_t tpid = 0) {
        auto changed = header(0);
        changed.tp_status = status;
        changed.hv1.tp_vlan_tci = tci;
        changed.hv1.tp_vlan_tpid = tpid;
        change(0, changed);
    }
};

std::vector<std::byte> joined(const pcap::FrameView& frame) {
    std::vector<std::byte> all;
    for (const auto& piece : frame.pieces)
        all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

/// The block's first frame as a file shows it.
struct Shown {
    AddedBytes added{};
    std::vector<std::byte> bytes;
    std::uint32_t captured_bytes = 0;
    std::uint32_t wire_bytes = 0;

    Shown(const Block& block, LinkType link_type, std::uint32_t snaplen = whole) {
        BlockWalk walk(block.bytes);
        REQUIRE(walk.next() == Step::frame);
        const auto frame = capture::af_packet::view(walk.raw(), link_type, snaplen, added);
        bytes = joined(frame);
        captured_bytes = frame.captured_bytes;
        wire_bytes = frame.wire_bytes;
    }
};

}  // namespace

TEST_CASE("the frames of a block come in order, with their times and lengths") {
    const Block block(3);
    BlockWalk walk(block.bytes);
    AddedBytes added{};
    for (std::uint32_t i = 0; i < 3; ++i) {
        CHECK(walk.remaining() == 3 - i);
        REQUIRE(walk.next() == Step::frame);
        const auto frame = capture::af_packet::view(walk.raw(), LinkType::ethernet, whole, added);
        CHECK(frame.captured_bytes == 60);
        CHECK(frame.wire_bytes == 1060);
        CHECK(frame.when.time_since_epoch().count() == 1'795'421'730'000'000'000 + i);
        CHECK(joined(frame).size() == 60);
    }
    CHECK(walk.next() == Step::end);
}

TEST_CASE("a raw frame says what the kernel knows of it") {
    Block block(1);
    block.mark(TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID | TP_STATUS_TS_RAW_HARDWARE, 0x2064,
               ETH_P_8021AD);
    sockaddr_ll from{};
    from.sll_protocol = base::to_big_endian(std::uint16_t{ETH_P_IPV6});
    from.sll_ifindex = 70'000;
    from.sll_hatype = 772;
    from.sll_pkttype = PACKET_OUTGOING;
    base::store(block.bytes.data() + first_frame + 48, from);
    BlockWalk walk(block.bytes);
    REQUIRE(walk.next() == Step::frame);
    const auto& raw = walk.raw();
    CHECK(raw.bytes.size() == 60);
    CHECK(raw.wire_bytes == 1060);
    CHECK(raw.protocol == ETH_P_IPV6);
    CHECK(raw.interface_index == 70'000);
    CHECK(raw.hardware_type == 772);
    CHECK(raw.packet_type == PACKET_OUTGOING);
    CHECK(raw.tagged);
    CHECK(raw.vlan_tci == 0x2064);
    CHECK(raw.vlan_tpid == ETH_P_8021AD);
    CHECK(raw.hardware_time);
    block.mark(TP_STATUS_TS_SOFTWARE, 0x2064, ETH_P_8021AD);  // the tag's fields without its flag
    BlockWalk again(block.bytes);
    REQUIRE(again.next() == Step::frame);
    CHECK_FALSE(again.raw().hardware_time);
    CHECK_FALSE(again.raw().tagged);
    CHECK(again.raw().vlan_tci == 0);
}

TEST_CASE("a stripped VLAN tag is put back behind the addresses") {
    Block block(1);
    block.mark(TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, 0x2064, ETH_P_8021AD);
    const Shown shown(block, LinkType::ethernet);
    REQUIRE(shown.bytes.size() == 64);
    CHECK(shown.captured_bytes == 64);
    CHECK(shown.wire_bytes == 1064);
    CHECK(shown.bytes[11] == std::byte{11});
    CHECK(base::load<std::array<std::uint8_t, 4>>(shown.bytes, 12) ==
          std::array<std::uint8_t, 4>{0x88, 0xA8, 0x20, 0x64});
    CHECK(shown.bytes[16] == std::byte{12});
}

TEST_CASE("the outer tag of two is put back in front of the inner one") {
    Block block(1);
    block.mark(TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, 100, ETH_P_8021AD);
    const std::array<std::uint8_t, 4> inner{0x81, 0x00, 0, 200};
    base::store(block.bytes.data() + first_frame + bytes_offset + 12, inner);
    const Shown shown(block, LinkType::ethernet);
    CHECK(base::load<std::array<std::uint8_t, 8>>(shown.bytes, 12) ==
          std::array<std::uint8_t, 8>{0x88, 0xA8, 0, 100, 0x81, 0x00, 0, 200});
    CHECK(shown.bytes[20] == std::byte{16});
}

TEST_CASE("a cooked frame has its header in front, and a stripped tag in it") {
    Block block(1);
    block.mark(TP_STATUS_VLAN_VALID, 100);  // no TPID: 802.1Q
    sockaddr_ll from{};
    from.sll_protocol = base::to_big_endian(std::uint16_t{ETH_P_IPV6});
    from.sll_ifindex = 7;
    from.sll_hatype = 1;
    from.sll_pkttype = 4;
    from.sll_halen = 6;
    base::store(block.bytes.data() + first_frame + 48, from);
    const Shown shown(block, LinkType::linux_sll2);
    REQUIRE(shown.bytes.size() == 84);
    const std::array<std::uint8_t, 12> start{0x81, 0x00, 0, 0, 0, 0, 0, 7, 0, 1, 4, 6};
    CHECK(base::load<std::array<std::uint8_t, 12>>(shown.bytes) == start);
    CHECK(base::load<std::array<std::uint8_t, 4>>(shown.bytes, 20) ==
          std::array<std::uint8_t, 4>{0, 100, 0x86, 0xDD});
    CHECK(shown.wire_bytes == 1084);
}

TEST_CASE("frames of bare IP packets have nothing added, whatever the tag says") {
    Block block(1);
    block.mark(TP_STATUS_VLAN_VALID, 100);
    const Shown shown(block, LinkType::raw_ip);
    CHECK(shown.bytes.size() == 60);
    CHECK(shown.wire_bytes == 1060);
}

TEST_CASE("no frame is longer than the snap length, added headers included") {
    Block block(1);
    block.mark(TP_STATUS_VLAN_VALID);
    for (const std::uint32_t snaplen : {0U, 1U, 12U, 14U, 16U, 63U, 64U, 65U}) {
        CAPTURE(snaplen);
        const Shown shown(block, LinkType::ethernet, snaplen);
        CHECK(shown.captured_bytes == std::min(snaplen, 64U));
        CHECK(shown.bytes.size() == shown.captured_bytes);
        CHECK(shown.wire_bytes == 1064);
        const Shown cooked(block, LinkType::linux_sll2, snaplen);
        CHECK(cooked.bytes.size() == std::min(snaplen, 84U));
    }
}

TEST_CASE("frames of every length are given with all their bytes, up to segments of 64 KiB") {
    for (const std::uint32_t length :
         {0U,      1U,      11U,     12U,     13U,     14U,     15U,      59U,
          60U,     61U,     1513U,   1514U,   1518U,   9000U,   9014U,    16'384U,
          32'767U, 32'768U, 65'534U, 65'535U, 65'536U, 65'550U, 131'000U, 262'143U}) {
        CAPTURE(length);
        Block block(2, length);
        block.mark(TP_STATUS_VLAN_VALID, 5);
        const std::uint32_t tag = length < 12 ? 0 : 4;  // a frame without addresses stays as it is
        const Shown tagged(block, LinkType::ethernet, 2 * whole);
        CHECK(tagged.captured_bytes == length + tag);
        CHECK(tagged.wire_bytes == length + 1000 + tag);
        const Shown cooked(block, LinkType::linux_sll2, 2 * whole);
        CHECK(cooked.captured_bytes == length + 24);
        const Shown bare(block, LinkType::raw_ip, 2 * whole);
        REQUIRE(bare.bytes.size() == length);
        if (length > 0) CHECK(bare.bytes.back() == static_cast<std::byte>(length - 1));
        BlockWalk walk(block.bytes);
        CHECK(walk.next() == Step::frame);
        CHECK(walk.next() == Step::frame);
        CHECK(walk.next() == Step::end);
    }
}

TEST_CASE("an offset or a length that leaves the block ends the walk") {
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
        {"next frame askew", [](tpacket3_hdr& h) { h.tp_next_offset += 2; }},
        {"no next frame where one is due", [](tpacket3_hdr& h) { h.tp_next_offset = 0; }},
    });
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Block block(2);
        auto header = block.header(0);
        row.spoil(header);
        block.change(0, header);
        BlockWalk walk(block.bytes);
        auto step = walk.next();
        if (step == Step::frame) step = walk.next();
        CHECK(step == Step::corrupt);
        CHECK(walk.remaining() > 0);
        CHECK(walk.fault().starts_with("ring block: "));
        CHECK(walk.next() == Step::corrupt);
    }
}

TEST_CASE("a block that ends within its frame is refused at every length") {
    const Block block(1);
    for (std::size_t length = sizeof(tpacket_block_desc); length < 48 + 128 + 60; ++length) {
        CAPTURE(length);
        BlockWalk walk(std::span(block.bytes).first(length));
        CHECK(walk.next() == Step::corrupt);
    }
}

TEST_CASE("a block that is none has no frames") {
    BlockWalk walk({});
    CHECK(walk.next() == Step::end);
}
