#pragma once

#include "capture/af_packet/ring.hpp"
#include "capture/engine.hpp"

namespace xpc::capture::af_packet {

/// The reader of one ring.
class Tap final : public Capture {
public:
    Tap(const Interface& interface, pcap::LinkType link_type, const Program& filter,
        const CaptureOptions& options);

    [[nodiscard]] pcap::LinkType link_type() const noexcept override { return link_type_; }

    [[nodiscard]] base::WallTime began_at() const noexcept override { return began_at_; }

    [[nodiscard]] base::Deadline began() const noexcept override { return began_; }

    [[nodiscard]] End run(pcap::FrameConsumer& consumer, const base::Stop& stop,
                          base::Deadline deadline) override;

private:
    void walk_filled_blocks(pcap::FrameConsumer& consumer, const base::Stop& stop,
                            base::Deadline deadline);
    bool walk_block(pcap::FrameConsumer& consumer);
    void drain(pcap::FrameConsumer& consumer);
    void report(pcap::FrameConsumer& consumer);
    void read_counts();

    std::string name_;
    pcap::LinkType link_type_;
    std::uint32_t snaplen_;
    Ring ring_;
    base::WallTime began_at_;
    base::Deadline began_;
    std::uint64_t accepted_ = 0;  ///< by the kernel's filter, as the kernel counted
    std::uint64_t dropped_ = 0;
    std::uint64_t walked_ = 0;
};

}  // namespace xpc::capture::af_packet
