#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "base/channel.hpp"
#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "base/wakeup.hpp"
#include "job/job.hpp"
#include "job/recording_file.hpp"

namespace xpc::job {

struct RunContext;

/// The files of a capture that is cut into several. A full one is closed and delivered by a thread
/// of its own while the capture goes on; where only the last so many are kept, they wait on the
/// disk, the older ones are removed, and what is there at the end is delivered by the run.
/// Lifetime: the context outlives it.
/// Threads:  take_next() and put_full(): the frames' source; the rest: the run's.
class Segments final : public RecordingFiles {
public:
    /// `abandon`: deliveries end, and what is not delivered stays on the disk.
    Segments(const RunContext& context, Job job, const base::Stop& abandon);
    ~Segments() override;
    Segments(const Segments&) = delete;
    Segments& operator=(const Segments&) = delete;
    Segments(Segments&&) = delete;
    Segments& operator=(Segments&&) = delete;

    /// Creates the next file. Errors: Failure(io, disk_full, …).
    [[nodiscard]] std::unique_ptr<RecordingFile> create();

    /// Readable when the next file was taken, and prepare() is to make another.
    [[nodiscard]] base::Fd taken() const noexcept { return taken_.fd(); }

    /// Has a file ready to be taken, if there is none yet; a disk that refuses is told by what
    /// happens to the current one.
    void prepare();

    std::unique_ptr<RecordingFile> take_next() override;
    void put_full(std::unique_ptr<RecordingFile> file) override;

    /// What all files together came to.
    struct Outcome {
        std::vector<Segment> segments;
        std::uint64_t bytes = 0;        ///< also of those that were not kept
        std::uint64_t lost_frames = 0;  ///< that the disk refused
        std::optional<base::Error> error;
    };

    /// The last file, and the end of it. Blocks until all are closed.
    [[nodiscard]] Outcome finish(std::unique_ptr<RecordingFile> last);

private:
    void work();
    void end_file(RecordingFile& file);
    void deliver_or_keep(Segment segment);
    void forget_oldest();

    const RunContext& context_;
    Job job_;  ///< as it was when it began
    const base::Stop& abandon_;
    std::uint32_t created_ = 0;
    base::Guarded<std::unique_ptr<RecordingFile>> next_;
    base::Wakeup taken_;
    base::Channel<std::unique_ptr<RecordingFile>> full_;
    Outcome outcome_;      ///< the thread's, until it is joined
    std::jthread thread_;  // last: it uses the members above
};

/// Delivers one segment: its file is on the disk, complete. Its record says how that ended; the
/// file is removed when it is delivered.
/// Errors: Failure, as Sink::finish().
void deliver_segment(const RunContext& context, const Job& job, Segment& segment,
                     const base::Stop& abandon);

}  // namespace xpc::job
