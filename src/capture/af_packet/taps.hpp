#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "capture/af_packet/tap.hpp"

namespace xpc::capture::af_packet {

/// The taps that are open, one for each interface that somebody captures from. A tap belongs to
/// those who capture with it, and closes with the last of them, whoever that is: hence shared_ptr.
/// Threads: any.
class Taps {
public:
    /// `ring_bytes` is the memory of all rings together.
    explicit Taps(std::size_t ring_bytes) : free_bytes_(ring_bytes) {}

    /// Whether open() would find a tap, or memory for one.
    [[nodiscard]] bool has_room(const Interface& interface);

    /// The interface's tap. A new one gets half of the memory that is left, so that there is some
    /// for others.
    /// Errors: Failure: permission, no_memory, no_such_interface, device.
    [[nodiscard]] std::shared_ptr<Tap> open(const Interface& interface, pcap::LinkType link_type);

    /// Makes a ring for the next tap ahead, while there is none open. Where it can not be made,
    /// open() will say why.
    void prepare();

private:
    struct Place {
        int index = 0;
        std::string name;
        std::size_t ring_bytes = 0;
        std::weak_ptr<Tap> tap;
    };

    void forget_closed();
    [[nodiscard]] std::shared_ptr<Tap> find(const Interface& interface);
    [[nodiscard]] IdleRing take_ring(const Interface& interface, pcap::LinkType link_type);

    // Held while a ring is made: two jobs that come at once share one.
    std::mutex mutex_;
    std::vector<Place> places_;
    std::size_t free_bytes_;
    std::optional<IdleRing> prepared_;
    std::uint64_t next_serial_ = 1;
};

}  // namespace xpc::capture::af_packet
