#include "capture/af_packet/taps.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::capture::af_packet {
namespace {

// Four blocks of the smallest size (ring.cpp).
constexpr std::size_t least_ring = std::size_t{512} << 10U;

}  // namespace

std::shared_ptr<Tap> Taps::find(const Interface& interface) {
    std::erase_if(places_, [this](const Place& place) {
        if (!place.tap.expired()) return false;
        free_bytes_ += place.ring_bytes;
        return true;
    });
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
    if (free_bytes_ < least_ring) {
        throw base::Failure(base::Errc::no_memory,
                            base::text("interface ", base::quoted(interface.name),
                                       ": no memory for its ring: ", free_bytes_, " bytes of ",
                                       "capture.memory are left, and ", least_ring,
                                       " are the least"));
    }
    const std::size_t ring_bytes = std::max(free_bytes_ / 2, least_ring);
    auto tap = std::make_shared<Tap>(interface, link_type, next_serial_++, ring_bytes);
    free_bytes_ -= ring_bytes;
    places_.push_back({.index = interface.index,
                       .name = interface.name,
                       .ring_bytes = ring_bytes,
                       .tap = tap});
    return tap;
}

}  // namespace xpc::capture::af_packet
