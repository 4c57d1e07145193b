#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"

namespace xpc::sink {

class PackingSpace;

/// How much of the disk the spool may have: the files of captures that run, and of those that wait
/// to be delivered. The files themselves are the account: they are counted again before anybody is
/// told that there is no room, at most ten times a second.
/// Threads: any.
class SpoolSpace {
public:
    /// `most_bytes` 0: as much as there is.
    SpoolSpace(std::filesystem::path folder, std::uint64_t most_bytes)
        : folder_(std::move(folder)), most_bytes_(most_bytes) {}

    /// That so much is about to be written. The refusal (disk_full) where it would be too much.
    [[nodiscard]] std::optional<base::Error> take(std::uint64_t bytes);

    /// The refusal (disk_full) where no capture can begin: the spool is full, or its disk is.
    [[nodiscard]] std::optional<base::Error> refusal();

    /// What its files have now.
    [[nodiscard]] std::uint64_t used_bytes() const;

    /// 0: as much as there is.
    [[nodiscard]] std::uint64_t most_bytes() const noexcept { return most_bytes_; }

    /// What its file system has left for us.
    [[nodiscard]] std::uint64_t free_bytes() const;

private:
    friend class PackingSpace;

    [[nodiscard]] bool take_or_exceed(std::uint64_t bytes, const PackingSpace& packing);
    void end_excess(const PackingSpace& packing);
    [[nodiscard]] bool fits(std::uint64_t bytes);

    std::filesystem::path folder_;
    std::uint64_t most_bytes_;
    std::mutex mutex_;
    std::uint64_t counted_ = 0;  ///< under mutex_, as are those below
    std::uint64_t taken_ = 0;    ///< since it was counted
    std::uint64_t wanted_ = 1;   ///< what was refused last: there is room again when that fits
    base::Deadline count_again_;
    const PackingSpace* exceeding_ = nullptr;
};

/// What the packed form of one file takes of the spool, beside the file. One at a time gets it
/// where it is too much as well: nothing makes room but deliveries, and if all of them waited, none
/// would come to its end.
/// Lifetime: the space outlives it; null: the disk.
/// Threads:  one at a time.
class PackingSpace {
public:
    explicit PackingSpace(SpoolSpace* space) noexcept : space_(space) {}

    /// The packed form is gone.
    ~PackingSpace();
    PackingSpace(const PackingSpace&) = delete;
    PackingSpace& operator=(const PackingSpace&) = delete;
    PackingSpace(PackingSpace&&) = delete;
    PackingSpace& operator=(PackingSpace&&) = delete;

    /// That so much is about to be written. Returns when it may be. Errors: Failure(cancelled).
    void take(std::uint64_t bytes, const base::Stop& cancelled);

private:
    SpoolSpace* space_;
};

}  // namespace xpc::sink
