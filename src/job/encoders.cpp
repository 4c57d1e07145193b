#include "job/encoders.hpp"

#include "base/text.hpp"

namespace xpc::job {

std::shared_ptr<Encoder> Encoders::find(const std::string& source,
                                        const pcap::FrameWriter& writer) {
    if (source.empty()) return std::make_shared<Encoder>(pool_, writer);
    const std::string key = base::text(static_cast<int>(writer.format()), '/', source);
    return known_.with([&](auto& known) {
        std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
        auto& place = known[key];
        auto encoder = place.lock();
        if (!encoder) {
            encoder = std::make_shared<Encoder>(pool_, writer);
            place = encoder;
        }
        return encoder;
    });
}

}  // namespace xpc::job
