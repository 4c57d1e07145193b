#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "sink/disk_pace.hpp"
#include "sink/growing_file.hpp"
#include "sink/part_pool.hpp"

namespace xpc::sink {

class SpoolWriters;

/// What became of what was given to a spool.
struct SpoolProgress {
    std::uint64_t written_bytes = 0;   ///< a whole number of frames: these will not change
    std::uint64_t lost_frames = 0;     ///< that the disk refused
    std::optional<base::Error> error;  ///< why it refused the first of them
};

/// The file on disk that a capture is written to while it runs. Other threads write it, so that a
/// slow disk makes no packet wait; when the disk refuses something, that and all that follows is
/// lost, and counted, and the file ends with the last whole frame before.
/// Crash:    what is written outlives a kill of the process, and SpoolSyncer::pause later, or as
///           soon as the disk is done with it, also a power loss.
/// Lifetime: the writers outlive it, and so does the pool that its parts come from.
/// Threads:  put() by one at a time; progress() by any; close() by one, after the last put().
class Spool {
public:
    /// Creates the file. Errors: Failure(io, disk_full, …); also when the file exists.
    Spool(std::filesystem::path path, SpoolWriters& writers);

    /// Waits for the writers.
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    Spool(Spool&&) = delete;
    Spool& operator=(Spool&&) = delete;

    /// What becomes of the end of what is put, which fills no page.
    enum class Tail {
        goes,      ///< to the disk, with the rest
        may_wait,  ///< for what is put next, which fills the page: it is written once, and directly
    };

    /// Never blocks. The slices are moved from; what follows may be in the last one's part. None,
    /// and `goes`: what has waited goes.
    void put(std::span<PartSlice> slices, Tail tail = Tail::goes);

    /// Likewise; bytes that are no frames, such as a file's head.
    void put(std::vector<std::byte> block);

    [[nodiscard]] SpoolProgress progress() const;

    /// Blocks until everything is on the disk (fdatasync) or refused.
    SpoolProgress close();

private:
    friend class SpoolSyncer;
    friend class SpoolWriters;

    using Chunk = std::variant<PartSlice, std::vector<std::byte>>;

    static std::span<const std::byte> bytes_of(const Chunk& chunk);
    static void lose(const std::deque<Chunk>& chunks, SpoolProgress& progress);

    template <typename T>
    void enqueue(std::span<T> chunks, Tail tail);
    [[nodiscard]] bool has_work() const;
    [[nodiscard]] std::optional<PartSlice> cut_tail(std::deque<Chunk>& chunks) const;
    [[nodiscard]] static const PartPool* pool_of(const Chunk& chunk);
    void take_some(std::deque<Chunk>& chunks);
    void write_some();
    void wait_until_idle();

    void sync_begins() noexcept;
    void sync();
    [[nodiscard]] bool sync_file_system();
    void synced_with_others(base::Deadline::duration took);
    [[nodiscard]] std::optional<base::Error> make_name_durable();
    void write(std::deque<Chunk>& chunks, SpoolProgress& progress);
    void write_singly(std::deque<Chunk>& chunks, SpoolProgress& progress);
    void count(const Chunk& chunk, SpoolProgress& progress);
    [[nodiscard]] base::Error error_of(int error_number) const;
    void refuse(base::Error error, SpoolProgress& progress);

    std::filesystem::path path_;
    SpoolWriters& writers_;
    GrowingFile file_;              ///< of the writer whose turn it is
    DiskPace pace_;                 ///< likewise, but for what tells of syncs
    std::uint64_t put_bytes_ = 0;   ///< on the disk, whole frames or not; likewise
    bool is_name_durable_ = false;  ///< of the syncer, and then of close()

    mutable std::mutex mutex_;
    std::condition_variable idle_;
    std::deque<Chunk> chunks_;               ///< under mutex_
    std::optional<PartSlice> tail_;          ///< under mutex_: it goes before those
    bool tail_may_wait_ = false;             ///< under mutex_
    bool busy_ = false;                      ///< under mutex_: a writer has it, or will
    SpoolProgress progress_;                 ///< under mutex_
    std::optional<base::Error> not_synced_;  ///< under mutex_: ends it with the next write
};

}  // namespace xpc::sink
