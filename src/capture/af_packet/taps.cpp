#include "capture/af_packet/taps.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::capture::af_packet {

void Taps::forget_closed() {
    std::erase_if(places_, [this](const Place& place) {
        if (!std::ranges::all_of(place.taps, &std::weak_ptr<Tap>::expired)) return false;
        free_bytes_ += place.ring_bytes;
        return true;
    });
}

std::size_t Taps::next_ring_bytes() const {
    // for the rings of others: a burst of some hundred frames fits into the third, too
    constexpr std::size_t for_others = std::size_t{4} << 20U;
    const std::size_t half = free_bytes_ / 2;
    if (!places_.empty() || free_bytes_ < 2 * for_others) return half;
    return std::min(free_bytes_ / 4 * 3, free_bytes_ - for_others);
}

/// Empty where there are none.
TapGroup Taps::find(const Interface& interface) {
    forget_closed();
    for (const Place& place : places_) {
        if (place.index != interface.index || place.name != interface.name) continue;
        TapGroup taps;
        for (const auto& one : place.taps) {
            if (auto tap = one.lock(); tap && !tap->is_over()) taps.push_back(std::move(tap));
        }
        // one that closes meanwhile takes the others with it
        if (taps.size() == place.taps.size()) return taps;
    }
    return {};
}

bool Taps::has_room(const Interface& interface) {
    const std::lock_guard lock(mutex_);
    return !find(interface).empty() || free_bytes_ >= IdleRing::least_bytes;
}

TapGroup Taps::open(const Interface& interface, pcap::LinkType link_type, std::size_t readers) {
    const std::lock_guard lock(mutex_);
    if (auto taps = find(interface); !taps.empty()) return taps;
    Place place{.index = interface.index, .name = interface.name, .ring_bytes = 0, .taps = {}};
    TapGroup taps;
    std::optional<std::uint16_t> group;
    for (IdleRing& ring : take_rings(interface, link_type, readers)) {
        place.ring_bytes += ring.bytes();
        taps.push_back(
            std::make_shared<Tap>(interface, link_type, next_serial_++, std::move(ring)));
        place.taps.push_back(taps.back());
        if (readers > 1) group = taps.back()->join_fanout(group);
    }
    place.ring_bytes = std::min(place.ring_bytes, free_bytes_);
    free_bytes_ -= place.ring_bytes;
    places_.push_back(std::move(place));
    return taps;
}

std::vector<IdleRing> Taps::take_rings(const Interface& interface, pcap::LinkType link_type,
                                       std::size_t count) {
    std::vector<IdleRing> rings;
    auto prepared = std::exchange(prepared_, std::nullopt);
    if (prepared && prepared->serves(link_type) && count == 1) {
        rings.push_back(std::move(*prepared));
        return rings;
    }
    prepared.reset();  // its memory is for those that are wanted
    const std::string what = base::text("interface ", base::quoted(interface.name));
    if (free_bytes_ < IdleRing::least_bytes * count) {
        throw base::Failure(base::Errc::no_memory,
                            base::text(what, ": no memory for its ring: ", free_bytes_,
                                       " bytes of capture.memory are left, and ",
                                       IdleRing::least_bytes * count, " are the least"));
    }
    for (std::size_t i = 0; i < count; ++i) {
        rings.emplace_back(link_type, std::max(next_ring_bytes() / count, IdleRing::least_bytes),
                           what);
    }
    return rings;
}

void Taps::prepare() {
    const std::lock_guard lock(mutex_);
    forget_closed();
    if (prepared_ || !places_.empty()) return;
    try {
        prepared_.emplace(pcap::LinkType::ethernet, next_ring_bytes(), "the next capture");
    } catch (const base::Failure& failed) {  // open() tries again, and tells whoever asks
        base::log::debug("capture.not_prepared", {{"cause", failed.error().message}});
    }
}

}  // namespace xpc::capture::af_packet
