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

/// The taps of an interface: one, or several that share its traffic. They belong to those who
/// capture with them, and close with the last of these, whoever that is: hence shared_ptr.
using TapGroup = std::vector<std::shared_ptr<Tap>>;

/// The taps that are open.
/// Threads: any.
class Taps {
public:
    /// `ring_bytes` is the memory of all rings together.
    explicit Taps(std::size_t ring_bytes) : free_bytes_(ring_bytes) {}

    /// Whether open() would find a tap, or memory for one.
    [[nodiscard]] bool has_room(const Interface& interface);

    /// The interface's taps. New ones are `readers`, and get half of the memory that is left, so
    /// that there is some for the next; where there are no others three quarters, or as much as
    /// leaves 4 MiB.
    /// Errors: Failure: permission, no_memory, no_such_interface, device.
    [[nodiscard]] TapGroup open(const Interface& interface, pcap::LinkType link_type,
                                std::size_t readers);

    /// Makes a ring for the next tap ahead, while there is none open. Where it can not be made,
    /// open() will say why.
    void prepare();

private:
    struct Place {
        int index = 0;
        std::string name;
        std::size_t ring_bytes = 0;
        std::vector<std::weak_ptr<Tap>> taps;
    };

    void forget_closed();
    [[nodiscard]] std::size_t next_ring_bytes() const;
    [[nodiscard]] TapGroup find(const Interface& interface);
    [[nodiscard]] std::vector<IdleRing> take_rings(const Interface& interface,
                                                   pcap::LinkType link_type, std::size_t count);

    // Held while a ring is made: two jobs that come at once share one.
    std::mutex mutex_;
    std::vector<Place> places_;
    std::size_t free_bytes_;
    std::optional<IdleRing> prepared_;
    std::uint64_t next_serial_ = 1;
};

}  // namespace xpc::capture::af_packet
