#include <utility>
#include <vector>

#include "base/error.hpp"
#include "generator/walks.hpp"

namespace xpc::bench {
namespace {

constexpr std::uint32_t interface_block = 1;
constexpr std::uint32_t simple_packet_block = 3;
constexpr std::uint32_t enhanced_packet_block = 6;
constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint16_t if_tsresol = 9;
constexpr std::uint16_t end_of_options = 0;
constexpr std::uint32_t most_block_bytes = 1U << 20;

[[nodiscard]] base::Failure corrupt(const char* what) {
    return {base::Errc::corrupt, what};
}

/// Time stamps a second, as an interface block says (section 4.2); a million where it does not.
std::uint64_t resolution(std::span<const std::byte> block) {
    std::size_t at = 16;
    while (at + 4 <= block.size() - 4) {
        const auto code = value_at<std::uint16_t>(block, at);
        const auto length = value_at<std::uint16_t>(block, at + 2);
        if (code == end_of_options || at + 4 + length > block.size() - 4) break;
        if (code == if_tsresol && length == 1) {
            const auto value = value_at<std::uint8_t>(block, at + 4);
            const unsigned power = value & 0x7fU;
            if (power > (value >= 0x80 ? 62U : 18U)) throw corrupt("a time of no sane resolution");
            std::uint64_t units = 1;
            for (unsigned n = 0; n < power; ++n)
                units *= value >= 0x80 ? 2 : 10;
            return units;
        }
        at += 4 + (length + 3U) / 4U * 4U;
    }
    return 1'000'000;
}

class Section {
public:
    explicit Section(Tally& tally) : tally_(tally) {}

    void take(std::uint32_t type, std::span<const std::byte> block) {
        if (type == pcapng_section) {
            if (block.size() < 28 || value_at<std::uint32_t>(block, 8) != byte_order_magic)
                throw corrupt("a section in the other byte order");
            resolutions_.clear();
        } else if (type == interface_block) {
            if (block.size() < 20) throw corrupt("a short interface block");
            resolutions_.push_back(resolution(block));
        } else if (type == enhanced_packet_block) {
            enhanced(block);
        } else if (type == simple_packet_block && block.size() > 16) {
            tally_.take(block.subspan(12, block.size() - 16), 0);
        }
    }

private:
    void enhanced(std::span<const std::byte> block) {
        if (block.size() < 32) throw corrupt("a short packet block");
        const auto interface = value_at<std::uint32_t>(block, 8);
        const auto bytes = value_at<std::uint32_t>(block, 20);
        if (interface >= resolutions_.size() || bytes > block.size() - 32)
            throw corrupt("a packet block that contradicts itself");
        const std::uint64_t units = std::uint64_t{value_at<std::uint32_t>(block, 12)} << 32 |
                                    value_at<std::uint32_t>(block, 16);
        const std::uint64_t a_second = resolutions_[interface];
        const double rest =
            static_cast<double>(units % a_second) * 1e9 / static_cast<double>(a_second);
        tally_.take(block.subspan(28, bytes),
                    static_cast<std::int64_t>(units / a_second * 1'000'000'000) +
                        static_cast<std::int64_t>(rest + 0.5));
    }

    Tally& tally_;
    std::vector<std::uint64_t> resolutions_;
};

}  // namespace

void walk_pcapng(CaptureFile& file, Tally& tally) {
    Section section(tally);
    for (;;) {
        const auto head = file.peek(8);
        if (head.empty()) return;
        if (head.size() < 8) return tally.cut();
        const auto type = value_at<std::uint32_t>(head, 0);
        const auto bytes = value_at<std::uint32_t>(head, 4);
        if (bytes < 12 || bytes % 4 != 0 || bytes > most_block_bytes)
            throw corrupt("a block of no sane size");
        const auto block = file.peek(bytes);
        if (block.size() < bytes) return tally.cut();
        section.take(type, block);
        file.skip(bytes);
    }
}

}  // namespace xpc::bench
