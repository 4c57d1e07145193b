#include "capture/af_packet/filter_set.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include <linux/if_ether.h>

#include "base/bytes.hpp"
#include "capture/af_packet/fixed_reads.hpp"

namespace xpc::capture::af_packet {
namespace {

// With fewer filters, running them costs less than remembering: one takes 6 to 24 ns, a key 20.
constexpr std::size_t least_known = 4;

/// What a raw frame has beside its bytes, and filters may ask for.
struct Beside {
    std::uint32_t interface_index;
    std::uint16_t protocol;
    std::uint16_t hardware_type;
    std::uint16_t vlan_tci;
    std::uint16_t vlan_tpid;
    std::uint16_t packet_type;
    std::uint16_t tagged;
};

static_assert(sizeof(Beside) == 16);  // no padding: it is compared by its bytes

/// FNV-1a, eight bytes at a time.
std::size_t hash_of(std::span<const std::byte> key) noexcept {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
    for (std::size_t at = 0; at + sizeof hash <= key.size(); at += sizeof hash) {
        hash = (hash ^ base::load<std::uint64_t>(key, at)) * 0x0000'0100'0000'01B3;
        hash ^= hash >> 32U;
    }
    return hash;
}

}  // namespace

void FilterSet::assign(std::vector<Filter> filters) {
    filters_ = std::move(filters);
    memories_.clear();
    for (const std::uint16_t protocol : {std::uint16_t{ETH_P_IP}, std::uint16_t{ETH_P_IPV6}}) {
        auto memory = remember(protocol);
        if (memory.known.size() >= least_known) memories_.push_back(std::move(memory));
    }
}

FilterSet::Memory FilterSet::remember(std::uint16_t protocol) const {
    Memory memory{.protocol = protocol, .offsets = {}, .known = {}, .others = {}, .answers = {}};
    std::set<std::uint32_t> offsets;
    const auto count = static_cast<std::uint16_t>(filters_.size());
    for (std::uint16_t i = 0; i < count; ++i) {
        const auto reads = fixed_reads(*filters_[i].program, link_type_, protocol);
        auto together = offsets;
        if (reads) together.insert(reads->begin(), reads->end());
        if (reads && together.size() <= most_key_bytes - sizeof(Beside)) {
            offsets = std::move(together);
            memory.known.push_back(i);
        } else {
            memory.others.push_back(i);
        }
    }
    memory.offsets.assign(offsets.begin(), offsets.end());
    if (memory.known.size() >= least_known) memory.answers.resize(places);
    return memory;
}

FilterSet::Memory* FilterSet::memory_for(const RawFrame& frame) noexcept {
    if (memories_.empty()) return nullptr;
    std::uint16_t protocol = frame.protocol;
    if (link_type_ == pcap::LinkType::ethernet) {  // as fixed_reads() has it
        constexpr std::size_t ethertype_offset = 2 * std::size_t{ETH_ALEN};
        if (frame.bytes.size() < ETH_HLEN) return nullptr;
        protocol = base::to_big_endian(base::load<std::uint16_t>(frame.bytes, ethertype_offset));
    }
    for (Memory& memory : memories_) {
        if (memory.protocol != protocol) continue;
        const bool has_all = memory.offsets.empty() || memory.offsets.back() < frame.bytes.size();
        return has_all ? &memory : nullptr;
    }
    return nullptr;
}

FilterSet::Key FilterSet::key_of(const Memory& memory, const RawFrame& frame) noexcept {
    Key key{};
    base::store(key.data(), Beside{.interface_index = frame.interface_index,
                                   .protocol = frame.protocol,
                                   .hardware_type = frame.hardware_type,
                                   .vlan_tci = frame.vlan_tci,
                                   .vlan_tpid = frame.vlan_tpid,
                                   .packet_type = frame.packet_type,
                                   .tagged = static_cast<std::uint16_t>(frame.tagged)});
    std::byte* at = key.data() + sizeof(Beside);
    for (const std::uint32_t offset : memory.offsets)
        *at++ = frame.bytes[offset];
    return key;
}

FilterSet::Answer& FilterSet::answer(Memory& memory, const RawFrame& frame) {
    const Key key = key_of(memory, frame);
    Answer& answer = memory.answers[hash_of(key) % places];
    // at once: one by one, as std::array compares them, 48 bytes take as long as all the rest
    const bool is_same = std::memcmp(answer.key.data(), key.data(), sizeof key) == 0;
    if (answer.is_known && is_same) return answer;
    answer.is_known = true;
    answer.key = key;
    answer.matching.clear();
    for (const std::uint16_t i : memory.known) {
        if (filters_[i].matcher->matches(frame)) answer.matching.push_back(i);
    }
    return answer;
}

std::span<const std::uint16_t> FilterSet::matching(const RawFrame& frame) {
    if (Memory* const memory = memory_for(frame)) {
        const Answer& known = answer(*memory, frame);
        if (memory->others.empty()) return known.matching;
        found_ = known.matching;
        for (const std::uint16_t i : memory->others) {
            if (filters_[i].matcher->matches(frame)) found_.push_back(i);
        }
        return found_;
    }
    found_.clear();
    const auto count = static_cast<std::uint16_t>(filters_.size());
    for (std::uint16_t i = 0; i < count; ++i) {
        if (filters_[i].matcher->matches(frame)) found_.push_back(i);
    }
    return found_;
}

}  // namespace xpc::capture::af_packet
