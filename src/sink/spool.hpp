#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/channel.hpp"
#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/unique_fd.hpp"
#include "sink/part_pool.hpp"

namespace xpc::sink {

/// What became of the parts given to a spool.
struct SpoolProgress {
    std::uint64_t written_bytes = 0;   ///< of whole parts: the file is exactly these
    std::uint64_t lost_frames = 0;     ///< of parts that the disk refused
    std::uint64_t lost_bytes = 0;      ///< likewise
    std::optional<base::Error> error;  ///< why it refused the first of them
};

/// The file on disk that a capture is written to while it runs. A thread of its own writes, so that
/// a slow disk makes no packet wait; when the disk refuses a part, that part and all later ones are
/// lost, and counted.
/// Lifetime: the pool that its parts come from outlives it.
/// Threads:  put() and close() by one thread; progress() by any.
class Spool {
public:
    /// Creates the file. Errors: Failure(io, disk_full, …); also when the file exists.
    Spool(std::filesystem::path path, const PartPool& pool);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    Spool(Spool&&) = delete;
    Spool& operator=(Spool&&) = delete;

    /// Never blocks: there is room for as many parts as the pool has.
    void put(PartLease part);

    [[nodiscard]] SpoolProgress progress() const { return progress_.copy(); }

    /// Blocks until every part is on the disk (fdatasync) or refused.
    SpoolProgress close();

private:
    void write_parts();
    void write_part(const PartLease& part);
    void sync();

    std::filesystem::path path_;
    base::UniqueFd file_;
    base::Channel<PartLease> parts_;
    base::Guarded<SpoolProgress> progress_;
    std::jthread writer_;  // last: it uses the members above
};

}  // namespace xpc::sink
