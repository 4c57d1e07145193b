#include <array>
#include <cassert>
#include <cstdint>
#include <vector>

#include "job/merge.hpp"

using namespace xpc;

namespace {

/// Takes so many, and sees to their order.
class Taker final : public pcap::FrameConsumer {
public:
    explicit Taker(std::uint64_t most) : most_(most) {}

    pcap::Taken accept(std::span<const pcap::FrameView> frames) override {
        assert(frames.size() == 1);
        const auto& frame = frames.front();
        assert(frame.when >= last_);
        assert(frame.captured_bytes == frame.pieces[0].size());
        for (const std::byte one : frame.pieces[0])
            assert(one == static_cast<std::byte>(frame.source));
        if (taken == most_) return {.frames = 0, .is_full = true};
        last_ = frame.when;
        ++taken;
        return {.frames = 1};
    }

    [[nodiscard]] bool has_room(std::size_t /*bytes*/) const override { return true; }

    void batch_done(const pcap::SourceCounts& counts) override {
        assert(counts.seen >= taken + counts.overrun);
        seen = counts.seen;
        overrun = counts.overrun;
    }

    std::uint64_t taken = 0;
    std::uint64_t seen = 0;
    std::uint64_t overrun = 0;

private:
    std::uint64_t most_;
    base::WallTime last_;
};

}  // namespace

/// Frames that come on three lanes at any time and in any turn, with little memory: what the merge
/// gives on is in the order of time and whole, and everything is accounted for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    constexpr std::size_t lanes = 3;
    static const std::vector<std::byte> filler = [] {
        std::vector<std::byte> all;
        for (std::size_t lane = 0; lane < lanes; ++lane)
            all.insert(all.end(), 10'000, static_cast<std::byte>(lane));
        return all;
    }();
    if (size == 0) return 0;
    sink::PartPool pool(4096, 12);
    pool.touch(12);
    const std::uint64_t most = bytes[0] < 128 ? UINT64_MAX : bytes[0] - 128U;
    Taker taker(most);
    job::Merge merge(pool, {0, 1, 2}, taker);
    std::array<std::uint64_t, lanes> seen{};
    std::array<base::WallTime, lanes> now{};
    std::uint64_t number = 0;
    bool more = true;
    for (const std::uint8_t step : std::span(bytes, size).subspan(1)) {
        const std::size_t lane = step % (lanes + 1);
        if (lane == lanes) {
            if (more) more = merge.advance();
            continue;
        }
        const std::size_t length = (step >> 2U) * 150U;
        now.at(lane) += std::chrono::nanoseconds(step >> 4U);
        const pcap::FrameView frame{.pieces = {std::span(filler).subspan(lane * 10'000, length)},
                                    .captured_bytes = static_cast<std::uint32_t>(length),
                                    .wire_bytes = 20'000,
                                    .when = now.at(lane),
                                    .number = number++};
        [[maybe_unused]] const auto taken = merge.lane(lane).accept({&frame, 1});
        merge.lane(lane).batch_done({.seen = ++seen.at(lane), .up_to = now.at(lane)});
    }
    merge.finish();
    const std::uint64_t all = seen[0] + seen[1] + seen[2];
    if (most == UINT64_MAX) assert(taker.seen == all && taker.taken + taker.overrun == all);
    job::Counters sum;
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
        const auto counters = merge.counters(lane);
        sum.captured += counters.captured;
        sum.dropped_queue += counters.dropped_queue;
    }
    assert(sum.captured == taker.taken && sum.dropped_queue == taker.overrun);
    return 0;
}
