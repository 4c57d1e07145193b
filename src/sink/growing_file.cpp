#include "sink/growing_file.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::sink {
namespace {

constexpr std::size_t page = GrowingFile::page_bytes;

// A direct write waits for the disk, so it has to be worth it.
constexpr std::size_t least_direct = std::size_t{64} << 10U;

constexpr std::size_t most_pieces = 64;

// Space is asked for ahead of the end, as much as is there already, within these.
constexpr std::uint64_t least_ahead = std::uint64_t{1} << 20U;
constexpr std::uint64_t most_ahead = std::uint64_t{64} << 20U;

}  // namespace

GrowingFile::GrowingFile(const std::filesystem::path& path)
    : buffered_(base::UniqueFd::adopt(
          ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640))),
      direct_(base::UniqueFd::adopt(
          buffered_.valid() ? ::open(path.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC) : -1)) {
    if (!buffered_.valid()) {
        throw base::Failure::from_errno(base::text("spool ", path.native()), errno);
    }
    run_.reserve(most_pieces);
}

int GrowingFile::append(std::span<const std::span<const std::byte>> pieces, Way way) {
    for (const auto& piece : pieces) {
        if (const int failed = add(piece, way); failed != 0) return failed;
    }
    return write_run();
}

int GrowingFile::add(std::span<const std::byte> piece, Way way) {
    const auto lies_alike = [this](const std::byte* at) {
        return reinterpret_cast<std::uintptr_t>(at) % page == end_ % page;
    };
    const std::size_t lead = std::min<std::size_t>((page - end_ % page) % page, piece.size());
    const std::size_t pages = (piece.size() - lead) / page * page;
    const bool is_direct = way == Way::direct && direct_.valid();
    if (!is_direct || pages == 0 || !lies_alike(piece.data())) {
        if (const int failed = write_run(); failed != 0) return failed;
        const int failed = write_buffered(piece, end_);
        end_ += piece.size();
        return failed;
    }
    if (lead > 0) {
        if (const int failed = write_run(); failed != 0) return failed;
        if (const int failed = write_buffered(piece.first(lead), end_); failed != 0) return failed;
        end_ += lead;
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): pwritev(2) only reads it
    run_.push_back({.iov_base = const_cast<std::byte*>(piece.data() + lead), .iov_len = pages});
    run_bytes_ += pages;
    end_ += pages;
    const auto tail = piece.subspan(lead + pages);
    if (run_bytes_ >= most_at_once || run_.size() == most_pieces || !tail.empty()) {
        if (const int failed = write_run(); failed != 0) return failed;
    }
    if (tail.empty()) return 0;
    const int failed = write_buffered(tail, end_);
    end_ += tail.size();
    return failed;
}

int GrowingFile::write_run() {
    if (run_.empty()) return 0;
    std::uint64_t offset = end_ - run_bytes_;
    std::size_t written = 0;
    if (run_bytes_ >= least_direct) {
        allocate(end_);
        const auto done = ::pwritev(direct_.raw(), run_.data(), static_cast<int>(run_.size()),
                                    static_cast<off_t>(offset));
        if (done < 0 && errno != EINTR && errno != EINVAL) return errno;
        if (done < 0 && errno == EINVAL) direct_.reset();  // it wants what we do not know
        if (done > 0) written = static_cast<std::size_t>(done);
    }
    // a short write, or one that was not worth it: the rest goes the other way
    int failed = 0;
    for (const iovec& one : run_) {
        const std::size_t skipped = std::min(written, one.iov_len);
        written -= skipped;
        offset += skipped;
        const std::span bytes(static_cast<const std::byte*>(one.iov_base) + skipped,
                              one.iov_len - skipped);
        failed = write_buffered(bytes, offset);
        if (failed != 0) break;
        offset += bytes.size();
    }
    run_.clear();
    run_bytes_ = 0;
    return failed;
}

int GrowingFile::write_buffered(std::span<const std::byte> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto written =
            ::pwrite(buffered_.raw(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno != EINTR) return errno;
        if (written <= 0) continue;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return 0;
}

/// Without it a file system looks for space at each write, and finds it in pieces. What it refuses,
/// the write itself will be told.
void GrowingFile::allocate(std::uint64_t end) {
    if (end <= allocated_) return;
    const std::uint64_t wanted = end + std::clamp(end, least_ahead, most_ahead);
    const int refused =
        ::fallocate(direct_.raw(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(allocated_),
                    static_cast<off_t>(wanted - allocated_));
    allocated_ = refused == 0 ? wanted : UINT64_MAX;
}

int GrowingFile::cut(std::uint64_t bytes) {
    run_.clear();
    run_bytes_ = 0;
    end_ = bytes;
    // also gives back what was allocated behind the end
    return ::ftruncate(buffered_.raw(), static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

int GrowingFile::sync() {
    return ::fdatasync(buffered_.raw()) == 0 ? 0 : errno;
}

int GrowingFile::sync_file_system() {
    if (::syncfs(buffered_.raw()) != 0) return errno;
    // each descriptor is told of an error once: not by the one that sync() has
    return !direct_.valid() || ::fdatasync(direct_.raw()) == 0 ? 0 : errno;
}

}  // namespace xpc::sink
