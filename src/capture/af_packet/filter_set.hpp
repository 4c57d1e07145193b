#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "capture/af_packet/match.hpp"
#include "capture/af_packet/raw_frame.hpp"

namespace xpc::capture::af_packet {

/// Finds which of many filters accept a frame. Filters for hosts and protocols look at a few bytes
/// of an IP packet, the same few in every packet of a conversation: what they answer together is
/// kept by these bytes, and asked again only for a conversation that has not been seen lately.
/// Those that look elsewhere, as for ports behind a header of any length, are run each time.
/// Lifetime: what was assigned outlives it, or the next assign().
/// Threads:  one.
class FilterSet {
public:
    explicit FilterSet(pcap::LinkType link_type) : link_type_(link_type) {}

    struct Filter {
        const Program* program = nullptr;
        const Matcher* matcher = nullptr;
    };

    void assign(std::vector<Filter> filters);

    /// Positions of the filters that accept the frame. Valid until the next call.
    [[nodiscard]] std::span<const std::uint16_t> matching(const RawFrame& frame);

private:
    static constexpr std::size_t most_key_bytes = 48;
    static constexpr std::size_t places = 1024;

    using Key = std::array<std::byte, most_key_bytes>;

    struct Answer {
        Key key{};
        bool is_known = false;
        std::vector<std::uint16_t> matching;
    };

    /// What is remembered of packets of one protocol.
    struct Memory {
        std::uint16_t protocol = 0;
        std::vector<std::uint32_t> offsets;  ///< of the bytes that are the key
        std::vector<std::uint16_t> known;    ///< filters that look at nothing else
        std::vector<std::uint16_t> others;
        std::vector<Answer> answers;
    };

    [[nodiscard]] Memory remember(std::uint16_t protocol) const;
    [[nodiscard]] Memory* memory_for(const RawFrame& frame) noexcept;
    [[nodiscard]] static Key key_of(const Memory& memory, const RawFrame& frame) noexcept;
    [[nodiscard]] Answer& answer(Memory& memory, const RawFrame& frame);

    pcap::LinkType link_type_;
    std::vector<Filter> filters_;
    std::vector<Memory> memories_;
    std::vector<std::uint16_t> found_;
};

}  // namespace xpc::capture::af_packet
