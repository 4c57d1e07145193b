#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "job/recorder.hpp"
#include "job/recovery.hpp"
#include "pcap/pcap_reader.hpp"
#include "pcap/pcapng_blocks.hpp"
#include "sink/spool_writers.hpp"
#include "support/scratch_folder.hpp"

/// What a run puts around a recorder, for those who test one.
namespace xpc::job::tests {

using xpc::tests::ScratchFolder;

/// A frame that has all of `payload`, and a number, as those of a tap have.
inline pcap::FrameView frame_of(std::span<const std::byte> payload, std::uint64_t number) {
    const auto bytes = static_cast<std::uint32_t>(payload.size());
    return {.pieces = {payload},
            .captured_bytes = bytes,
            .wire_bytes = bytes,
            .when = base::WallTime(std::chrono::seconds(number)),
            .number = number};
}

/// A sink that only remembers how far the file was final.
class Heard final : public sink::Sink {
public:
    void advance(std::uint64_t final_bytes) override {
        CHECK(final_bytes >= heard);
        heard = final_bytes;
    }

    sink::Receipt finish(std::uint64_t /*total_bytes*/, const sink::Labels& /*late_metadata*/,
                         const base::Stop& /*stop*/) override {
        return {};
    }

    std::uint64_t heard = 0;
};

inline std::vector<std::byte> head(pcap::FileFormat format) {
    return pcap::file_head(
        format, {}, {{.name = "eth0", .link_type = pcap::LinkType::ethernet, .snaplen = 262'144}});
}

inline bool adds_up(const Counters& counters) {
    return counters.received == counters.captured + counters.filtered + counters.dropped_ring +
                                    counters.dropped_queue + counters.dropped_disk;
}

inline pcap::Extent extent_of(const std::filesystem::path& path) {
    const std::string content = ScratchFolder::content(path);
    const auto extent = pcap::whole_extent(std::as_bytes(std::span(content)));
    REQUIRE(extent);
    CHECK(extent->whole_bytes == content.size());
    return *extent;
}

inline std::unique_ptr<RecordingFile> file_at(const std::filesystem::path& path,
                                              sink::SpoolWriters& writers,
                                              std::uint32_t number = 1) {
    auto file = std::make_unique<RecordingFile>();
    file->number = number;
    file->spool = std::make_unique<sink::Spool>(path, writers);
    file->sink = std::make_unique<Heard>();
    return file;
}

inline RecordingForm form_of(pcap::FileFormat format) {
    return {.head = head(format), .statistics = [format](const Counters& counters) {
                CHECK(adds_up(counters));
                return pcap::statistics_block(format, {.received = counters.received});
            }};
}

/// What a run puts together around a recorder.
struct Recording {
    Recording(const std::filesystem::path& path, sink::PartPool& pool, pcap::FileFormat format,
              RecordingLimits limits = {}, RecordingFiles* files = nullptr)
        : encoder(pool, pcap::FrameWriter(format)),
          file(file_at(path, writers)),
          spool(*file->spool),
          recorder(encoder, std::move(file), form_of(format), limits, files,
                   [this](const RecordingProgress& progress) {
                       CHECK(adds_up(progress.counters));
                       last = progress.counters;
                   }) {}

    pcap::Taken show(std::span<const std::byte> bytes) {
        const std::vector one(1, bytes);
        return show(one);
    }

    pcap::Taken show(const std::vector<std::span<const std::byte>>& several) {
        std::vector<pcap::FrameView> frames;
        for (const auto bytes : several) {
            frames.push_back({.pieces = {bytes},
                              .captured_bytes = static_cast<std::uint32_t>(bytes.size()),
                              .wire_bytes = static_cast<std::uint32_t>(bytes.size()) + 1,
                              .when = base::WallTime(std::chrono::seconds(1)),
                              .number = shown + frames.size()});
        }
        const auto taken = recorder.accept(frames);
        shown += taken.frames;
        return taken;
    }

    /// Ends the file, as a run does.
    Counters end(std::uint64_t dropped = 0) {
        recorder.batch_done({.seen = shown, .dropped = dropped});
        file = recorder.finish();
        spooled = file->spool->close();
        return recorder.counters(spooled.lost_frames, spooled.written_bytes);
    }

    Encoder encoder;
    sink::SpoolWriters writers;
    Counters last;
    sink::SpoolProgress spooled;
    std::uint64_t shown = 0;
    std::unique_ptr<RecordingFile> file;  ///< until it begins, and when it has ended
    sink::Spool& spool;
    Recorder recorder;
};

/// Files in a folder, one after the other, as the run of a segmented capture has them.
class FilesInFolder final : public RecordingFiles {
public:
    FilesInFolder(std::filesystem::path folder, sink::SpoolWriters& writers)
        : folder_(std::move(folder)), writers_(writers) {}

    std::unique_ptr<RecordingFile> take_next() override {
        if (!is_ready) return nullptr;
        ++number_;
        return file_at(folder_ / std::to_string(number_), writers_, number_);
    }

    void put_full(std::unique_ptr<RecordingFile> file) override {
        CHECK_FALSE(file->spool->close().error);
        file->spool.reset();  // the first one's writers end before this
        full.push_back(std::move(file));
    }

    bool is_ready = true;
    std::vector<std::unique_ptr<RecordingFile>> full;

private:
    std::filesystem::path folder_;
    sink::SpoolWriters& writers_;
    std::uint32_t number_ = 1;
};

}  // namespace xpc::job::tests
