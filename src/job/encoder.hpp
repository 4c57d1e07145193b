#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "pcap/frame_writer.hpp"
#include "sink/part_pool.hpp"

namespace xpc::job {

/// Encodes frames into parts, each frame once, however many jobs want it in the same form.
/// Threads: one, that of the frames' source.
class Encoder {
public:
    /// Where an encoded frame lies: in one part, or from the end of one on into the next.
    struct Piece {
        const sink::PartRef* part = nullptr;  ///< copied by those who keep it: counting costs
        std::size_t begin = 0;
        std::size_t end = 0;

        /// Adds the piece to a slice that it follows in the same part. False where it does not.
        [[nodiscard]] bool extend(sink::PartSlice& slice) const {
            if (slice.part != *part || slice.end != begin) return false;
            slice.end = end;
            return true;
        }

        [[nodiscard]] sink::PartSlice as_slice() const;
    };

    Encoder(sink::PartPool& pool, const pcap::FrameWriter& writer) : pool_(pool), writer_(writer) {}

    [[nodiscard]] std::size_t record_bytes(const pcap::FrameView& frame) const noexcept {
        return writer_.record_bytes(frame);
    }

    /// The pieces of the frame, in order; the same ones when it is the frame of the call before.
    /// `length` is record_bytes(frame). Nothing when there is no memory for it. A new part begins
    /// so that it lies in memory, by pages, as it will in a file where the frame begins at
    /// `file_offset`: such pages can be written directly. Valid until the next call.
    [[nodiscard]] std::span<const Piece> encode(const pcap::FrameView& frame, std::size_t length,
                                                std::uint64_t file_offset) {
        if (frame.number == last_number_) return pieces_;
        last_number_ = frame.number;
        if (!part_ || memory_.size() - filled_ < length) {
            return encode_elsewhere(frame, length, file_offset);
        }
        // member by member: put together elsewhere and copied, the copy would wait for the stores
        piece_.part = &*part_;
        piece_.begin = filled_;
        writer_.write_record(memory_.subspan(filled_, length), frame);
        piece_.end = filled_ += length;
        return pieces_ = {&piece_, 1};
    }

    /// The first of several frames, where they follow one another in one part.
    struct Run {
        Piece piece;
        std::size_t frames = 0;
    };

    /// As many as the part at hand, and `room` bytes, have room for: often all, at times none. The
    /// frames are those of one job alone.
    [[nodiscard]] Run encode_run(std::span<const pcap::FrameView> frames, std::size_t room) {
        Run run;
        if (!part_) return run;
        const auto memory = memory_.subspan(filled_);
        const auto written =
            writer_.write_records(memory.first(std::min(room, memory.size())), frames);
        run.piece = {.part = &*part_, .begin = filled_, .end = filled_ + written.bytes};
        run.frames = written.frames;
        filled_ += written.bytes;
        return run;
    }

    /// So many full parts are worth a write of their own.
    [[nodiscard]] std::size_t batch_parts() const noexcept { return pool_.batch_parts(); }

    /// Whether frames of so many bytes would find memory.
    [[nodiscard]] bool has_room(std::size_t bytes) const { return pool_.has_room(account_, bytes); }

    /// It is time to hold on to no more memory than is needed.
    [[nodiscard]] bool is_memory_scarce() const { return pool_.is_scarce(); }

    /// The next frame begins a new part; this one is free as soon as it is written.
    void seal() noexcept;

private:
    [[nodiscard]] std::span<const Piece> encode_elsewhere(const pcap::FrameView& frame,
                                                          std::size_t length,
                                                          std::uint64_t file_offset);
    [[nodiscard]] bool encode_across(const pcap::FrameView& frame, std::size_t length);
    void begin_part(sink::PartRef part, std::size_t filled);
    std::size_t put(std::span<const std::byte> bytes);

    static constexpr std::uint64_t no_frame = std::numeric_limits<std::uint64_t>::max();

    sink::PartPool& pool_;
    pcap::FrameWriter writer_;
    sink::PartAccount account_;
    std::optional<sink::PartRef> part_;
    std::span<std::byte> memory_;  ///< of it
    std::size_t filled_ = 0;       ///< likewise
    std::uint64_t last_number_ = no_frame;
    std::span<const Piece> pieces_;         ///< of that frame: one of the next two
    Piece piece_;                           ///< where there is one
    std::vector<Piece> many_;               ///< where there are several
    std::vector<sink::PartRef> completed_;  ///< parts that it filled
    std::vector<std::byte> scratch_;        ///< a frame that does not fit into one part
};

}  // namespace xpc::job
