#include "capture/af_packet/taps.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace xpc::capture::af_packet {
namespace {

// Four blocks of the smallest size (ring.cpp).
constexpr std::size_t least_ring = std::size_t{512} << 10U;

}  // namespace

void Taps::forget_closed() {
    std::erase_if(places_, [this](const Place& place) {
        if (!place.tap.expired()) return false;
        free_bytes_ += place.ring_bytes;
        return true;
    });
}

std::shared_ptr<Tap> Taps::find(const Interface& interface) {
    forget_closed();
    for (const Place& place : places_) {
        if (place.index != interface.index || place.name != interface.name) continue;
        if (auto tap = place.tap.lock(); tap && !tap->is_over()) return tap;
    }
    return nullptr;
}

bool Taps::has_room(const Interface& interface) {
    const std::lock_guard lock(mutex_);
    return find(interface) != nullptr || free_bytes_ >= least_ring;
}

std::shared_ptr<Tap> Taps::open(const Interface& interface, pcap::LinkType link_type) {
    const std::lock_guard lock(mutex_);
    if (auto tap = find(interface)) return tap;
    auto ring = take_ring(interface, link_type);
    const std::size_t ring_bytes = ring.bytes();
    auto tap = std::make_shared<Tap>(interface, link_type, next_serial_++, std::move(ring));
    free_bytes_ -= std::min(free_bytes_, ring_bytes);
    places_.push_back({.index = interface.index,
                       .name = interface.name,
                       .ring_bytes = ring_bytes,
                       .tap = tap});
    return tap;
}

IdleRing Taps::take_ring(const Interface& interface, pcap::LinkType link_type) {
    auto prepared = std::exchange(prepared_, std::nullopt);
    if (prepared && prepared->serves(link_type)) return std::move(*prepared);
    prepared.reset();  // its memory is for the one that is wanted
    const std::string what = base::text("interface ", base::quoted(interface.name));
    if (free_bytes_ < least_ring) {
        throw base::Failure(base::Errc::no_memory,
                            base::text(what, ": no memory for its ring: ", free_bytes_,
                                       " bytes of capture.memory are left, and ", least_ring,
                                       " are the least"));
    }
    return IdleRing(link_type, std::max(free_bytes_ / 2, least_ring), what);
}

void Taps::prepare() {
    const std::lock_guard lock(mutex_);
    forget_closed();
    if (prepared_ || !places_.empty()) return;
    try {
        prepared_.emplace(pcap::LinkType::ethernet, free_bytes_ / 2, "the next capture");
    } catch (const base::Failure& failed) {  // open() tries again, and tells whoever asks
        base::log::debug("capture.not_prepared", {{"cause", failed.error().message}});
    }
}

}  // namespace xpc::capture::af_packet
