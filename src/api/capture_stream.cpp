#include "api/capture_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "job/object_keys.hpp"

namespace xpc::api {
namespace {

using job::Job;

// Frames are up to half a second in memory before they are in the file (job/recorder): a person who
// watches them come does not notice this besides.
constexpr std::chrono::milliseconds between_looks{200};
constexpr std::uint64_t piece_bytes = std::uint64_t{128} << 10U;

base::UniqueFd open_file(const std::filesystem::path& path) {
    return base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

class CaptureStream final : public BodyStream {
public:
    CaptureStream(job::Supervisor& supervisor, job::Events& events, const sink::Sinks& sinks,
                  const Job& job)
        : supervisor_(supervisor),
          events_(events),
          sinks_(sinks),
          job_id_(job.id),
          is_segmented_(job::is_segmented(job.request)) {}

    void start(std::function<void()> wake) override {
        subscription_ = events_.subscribe(job_id_, std::move(wake));
    }

    [[nodiscard]] Pulled next(std::string& out) override {
        for (;;) {
            const auto growing = supervisor_.growing(job_id_);
            if (!file_.valid()) {
                const auto begun = begin(growing);
                if (begun) return *begun;
            }
            if (growing && growing->attempt != attempt_) return {.state = State::broken};
            const auto there = extent(growing);
            if (!there) return {.state = State::broken};
            if (read_offset_ < there->bytes) return read(out, there->bytes);
            if (!there->is_complete) return look_again();
            if (number_ >= last_number(growing)) return {.state = State::end};
            if (!begin_next()) return {.state = State::broken};
        }
    }

private:
    struct Extent {
        std::uint64_t bytes = 0;   ///< whole frames
        bool is_complete = false;  ///< there will not be more
    };

    using Growing = std::optional<job::GrowingCapture>;

    static Pulled look_again() {
        return {.state = State::later, .look_again = base::in(between_looks)};
    }

    /// Opens the first file; otherwise: what is to be said.
    [[nodiscard]] std::optional<Pulled> begin(const Growing& growing) {
        if (growing && growing->file > 0) {
            attempt_ = growing->attempt;
            number_ = growing->file;
            head_bytes_ = growing->head_bytes;
            return open(number_) ? std::nullopt : std::optional(look_again());
        }
        const auto job = supervisor_.find(job_id_);
        if (!job) return Pulled{.state = State::broken};
        if (job->position.state != job::State::stopped) return Pulled{};  // an event will wake us
        if (growing) attempt_ = growing->attempt;
        if (open(number_)) return std::nullopt;
        const bool is_empty = job->counters.captured == 0;
        return Pulled{.state = is_empty ? State::end : State::broken};
    }

    [[nodiscard]] bool begin_next() {
        ++number_;
        read_offset_ = head_bytes_;  // the stream has it already
        return open(number_);
    }

    /// In the spool, or where the embedded store has it by now.
    [[nodiscard]] bool open(std::uint32_t number) {
        const auto job = supervisor_.find(job_id_);
        if (!job) return false;
        file_ = open_file(is_segmented_ ? supervisor_.spool_file(*job, number)
                                        : supervisor_.spool_file(*job));
        const bool is_elsewhere = job->destination.store != sink::StoreKind::embedded ||
                                  job->request.object.compression != sink::Compression::none;
        if (file_.valid() || is_elsewhere) return file_.valid();
        if (!is_segmented_) {
            file_ = open_file(sinks_.object_path(job->destination));
            return file_.valid();
        }
        const auto segment = std::ranges::find(job->objects, number, &job::Segment::number);
        if (segment == job->objects.end()) return false;
        file_ = open_file(sinks_.object_path(job::segment_destination(*job, *segment)));
        return file_.valid();
    }

    /// Of the file that is read; nothing where its run was given up, and it may be written anew.
    [[nodiscard]] std::optional<Extent> extent(const Growing& growing) {
        if (growing && growing->file == number_)
            return Extent{.bytes = growing->bytes, .is_complete = growing->has_ended};
        const auto job = supervisor_.find(job_id_);
        if (!job) return whole();  // removed, which only what has ended can be
        if (job->position.state == job::State::stopped) return whole();
        if (!growing) return std::nullopt;
        // a file before the one that is written: it may be closed at this moment
        const bool is_closed = std::ranges::any_of(
            job->objects, [this](const auto& one) { return one.number >= number_; });
        return is_closed ? whole() : Extent{.bytes = read_offset_, .is_complete = false};
    }

    /// Of a file that nobody writes any more.
    [[nodiscard]] Extent whole() const {
        struct stat status{};
        if (::fstat(file_.raw(), &status) != 0) {
            throw base::Failure::from_errno("a capture that is streamed", errno);
        }
        return {.bytes = static_cast<std::uint64_t>(status.st_size), .is_complete = true};
    }

    [[nodiscard]] std::uint32_t last_number(const Growing& growing) {
        if (!is_segmented_) return number_;
        if (growing && growing->file > 0) return growing->file;
        const auto job = supervisor_.find(job_id_);
        return job && !job->objects.empty() ? job->objects.back().number : number_;
    }

    [[nodiscard]] Pulled read(std::string& out, std::uint64_t end) {
        out.resize(std::min(end - read_offset_, piece_bytes));
        const auto got =
            ::pread(file_.raw(), out.data(), out.size(), static_cast<off_t>(read_offset_));
        if (got < 0) throw base::Failure::from_errno("a capture that is streamed", errno);
        out.resize(static_cast<std::size_t>(got));
        read_offset_ += out.size();
        return {.state = got > 0 ? State::more : State::broken};
    }

    job::Supervisor& supervisor_;
    job::Events& events_;
    const sink::Sinks& sinks_;
    std::string job_id_;
    bool is_segmented_;
    std::unique_ptr<job::Events::Subscription> subscription_;
    unsigned attempt_ = 0;
    std::uint32_t number_ = 1;  ///< of the file that is read
    base::UniqueFd file_;
    std::uint64_t read_offset_ = 0;
    std::uint64_t head_bytes_ = 0;
};

}  // namespace

std::unique_ptr<BodyStream> capture_stream(job::Supervisor& supervisor, job::Events& events,
                                           const sink::Sinks& sinks, const Job& job) {
    return std::make_unique<CaptureStream>(supervisor, events, sinks, job);
}

}  // namespace xpc::api
