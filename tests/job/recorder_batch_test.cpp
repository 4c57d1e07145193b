#include <random>

#include "job/recording.hpp"

using namespace xpc;
using namespace xpc::job;
using namespace xpc::job::tests;

namespace {

/// Shows them, at most so many at a time, until the recorder wants no more.
void show_in_batches(Recording& recording, const std::vector<std::span<const std::byte>>& frames,
                     std::size_t most) {
    for (std::size_t at = 0; at < frames.size();) {
        const std::size_t count = std::min(most, frames.size() - at);
        const auto begin = frames.begin() + static_cast<std::ptrdiff_t>(at);
        const auto taken = recording.show({begin, begin + static_cast<std::ptrdiff_t>(count)});
        if (taken.is_full) return;
        CHECK(taken.frames == count);
        at += count;
    }
}

struct Outcome {
    std::vector<std::string> files;
    std::uint64_t captured = 0;
    std::optional<StopReason> full;

    bool operator==(const Outcome&) const = default;
};

Outcome record(const std::vector<std::span<const std::byte>>& frames, std::size_t most,
               const RecordingLimits& limits, pcap::FileFormat format) {
    const ScratchFolder folder;
    sink::PartPool pool(32'768, 256);
    pool.touch(256);
    sink::SpoolWriters writers;
    FilesInFolder files(folder.path(), writers);
    Recording recording(folder.path() / "1", pool, format, limits, &files);
    show_in_batches(recording, frames, most);
    Outcome outcome{
        .files = {}, .captured = recording.end().captured, .full = recording.recorder.full()};
    for (std::uint32_t number = 1; number <= recording.file->number; ++number)
        outcome.files.push_back(ScratchFolder::content(folder.path() / std::to_string(number)));
    return outcome;
}

}  // namespace

TEST_CASE("frames that are shown together make the files that they make one by one") {
    std::mt19937 chance(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same frames each time
    const std::vector<std::byte> payload(9000, std::byte{0x5A});
    std::vector<std::span<const std::byte>> frames;
    for (int i = 0; i < 3000; ++i)
        frames.push_back(std::span(payload).first(chance() % (i % 50 == 0 ? 9000 : 200)));
    const auto limits = std::to_array<RecordingLimits>({{},
                                                        {.packets = 1},
                                                        {.packets = 1000},
                                                        {.bytes = 100'000},
                                                        {.segment_bytes = 20'000},
                                                        {.packets = 777, .segment_bytes = 5000},
                                                        {.bytes = 90'001, .segment_bytes = 8192}});
    for (const auto format : {pcap::FileFormat::pcapng, pcap::FileFormat::pcap_nanoseconds}) {
        for (const RecordingLimits& limit : limits) {
            CAPTURE(limit.packets);
            CAPTURE(limit.bytes);
            CAPTURE(limit.segment_bytes);
            const Outcome singly = record(frames, 1, limit, format);
            CHECK(singly.captured > 0);
            for (const std::size_t most : {2U, 64U, 3000U})
                CHECK(record(frames, most, limit, format) == singly);
        }
    }
}
