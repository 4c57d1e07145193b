#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include <sys/uio.h>

#include "base/unique_fd.hpp"

namespace xpc::sink {

/// A file that grows at its end. Whole pages that lie in memory as they do in the file go past the
/// page cache (O_DIRECT), in large writes; the edges, and what lies otherwise, through it, and so
/// does what can not wait for the disk. No page gets both.
/// Threads: one at a time.
/// Source:  open(2), O_DIRECT: memory, offset and length are multiples of the block size; a page is
///          one on every file system that has O_DIRECT.
class GrowingFile {
public:
    static constexpr std::size_t page_bytes = 4096;

    /// So much is one write of the disk. More brings nothing: where it was measured 256 KiB
    /// gave 1.7 GB/s, 1 MiB 3.4, 4 MiB 4.
    static constexpr std::size_t most_at_once = std::size_t{4} << 20U;

    enum class Way {
        direct,      ///< whole pages wait for the disk
        page_cache,  ///< all of it is copied to where the kernel writes it from, as soon as it can
    };

    /// Creates the file. Errors: Failure(io, disk_full, …); also when it exists.
    explicit GrowingFile(const std::filesystem::path& path);

    /// Puts the pieces behind one another at the end. 0, or the errno; then the file's end is
    /// anywhere behind where it was.
    [[nodiscard]] int append(std::span<const std::span<const std::byte>> pieces,
                             Way way = Way::direct);

    /// The file has `bytes` bytes from now on, no more than it has, and needs no more space. 0, or
    /// the errno.
    [[nodiscard]] int cut(std::uint64_t bytes);

    /// What was written outlives a power loss. 0, or the errno.
    [[nodiscard]] int sync();

    /// Likewise, and so does what anybody has written to the same file system. What could not be
    /// written of this file is still told by sync().
    /// Source: syncfs(2). An ext4 without a journal has the disk flush its cache before the inodes
    ///         are written (ext4_sync_fs, then sync_blockdev in fs/sync.c), so a flush follows.
    [[nodiscard]] int sync_file_system();

private:
    [[nodiscard]] int add(std::span<const std::byte> piece, Way way);
    [[nodiscard]] int write_run();
    [[nodiscard]] int write_buffered(std::span<const std::byte> bytes, std::uint64_t offset);
    void allocate(std::uint64_t end);

    base::UniqueFd buffered_;
    base::UniqueFd direct_;  ///< invalid where the file system has none
    std::uint64_t end_ = 0;
    std::uint64_t allocated_ = 0;
    std::vector<iovec> run_;  ///< pages that follow one another in the file, and are not written
    std::size_t run_bytes_ = 0;
};

}  // namespace xpc::sink
