#include "sink/file_sink.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/file_range.hpp"
#include "base/log.hpp"
#include "base/sync_folder.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "sink/object_key.hpp"
#include "sink/spool_file.hpp"

namespace xpc::sink {
namespace {

namespace fs = std::filesystem;

// Captures hold other people's traffic: nobody but the owner and the group may list them.
constexpr mode_t folder_mode = 0750;

void make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), folder_mode) == 0) {
        base::sync_folder(folder.parent_path());
    } else if (errno != EEXIST) {
        throw base::Failure::from_errno("making " + folder.string(), errno);
    }
}

/// `top`, and those on the way from there to `bottom`, which is in it, or is it.
void make_folders(const fs::path& top, const fs::path& bottom) {
    make_folder(top);
    fs::path folder = top;
    for (const fs::path& name : bottom.lexically_relative(top)) {
        if (name == ".") continue;
        folder /= name;
        make_folder(folder);
    }
}

struct ::stat status_of(base::Fd fd, const fs::path& path) {
    struct ::stat status{};
    if (::fstat(fd.raw(), &status) != 0) {
        throw base::Failure::from_errno("reading the status of " + path.string(), errno);
    }
    return status;
}

base::WallTime modified(const struct ::stat& status) {
    using namespace std::chrono;
    return base::WallTime(seconds(status.st_mtim.tv_sec) + nanoseconds(status.st_mtim.tv_nsec));
}

std::string hex_number(std::uint64_t number) {
    std::array<char, 16> digits{};
    const auto [end, _] = std::to_chars(digits.begin(), digits.end(), number, 16);
    return {digits.begin(), end};
}

bool is_same_file(const struct ::stat& one, const struct ::stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Of two ranges of one length. Errors: Failure(cancelled), and as FileRange's.
bool have_same_bytes(const base::FileRange& one, const base::FileRange& other,
                     const base::Stop& stop) {
    constexpr std::size_t piece_bytes = std::size_t{1} << 20U;
    std::vector<std::byte> ones(piece_bytes);
    std::vector<std::byte> others(piece_bytes);
    base::FileRange::Memory ones_memory;
    base::FileRange::Memory others_memory;
    base::FileRange::Scratch ones_scratch(ones_memory);
    base::FileRange::Scratch others_scratch(others_memory);
    for (std::uint64_t at = 0; at < one.bytes;) {
        if (stop.requested()) {
            throw base::Failure(base::Errc::cancelled, base::text(one.name, ": cancelled"));
        }
        const auto left = std::min<std::uint64_t>(one.bytes - at, piece_bytes);
        const auto piece = one.read_some(at, std::span(ones).first(left), ones_scratch);
        for (std::size_t read = 0; read < piece;) {
            read += other.read_some(at + read, std::span(others).subspan(read, piece - read),
                                    others_scratch);
        }
        if (!std::equal(ones.begin(), ones.begin() + static_cast<std::ptrdiff_t>(piece),
                        others.begin())) {
            return false;
        }
        at += piece;
    }
    return true;
}

}  // namespace

std::string object_etag(std::uint64_t bytes, base::WallTime modified) {
    const auto since_epoch = modified.time_since_epoch().count();
    return hex_number(bytes) + '-' + hex_number(static_cast<std::uint64_t>(since_epoch));
}

bool remove_object(const fs::path& objects_dir, const fs::path& object) noexcept {
    std::error_code error;
    const bool removed = fs::remove(object, error);
    if (error) {
        base::log::warning("object.not_removed",
                           {{"path", object.native()}, {"cause", error.message()}});
        return false;
    }
    // one that is not empty ends it
    for (auto folder = object.parent_path(); folder.parent_path() != objects_dir;
         folder = folder.parent_path()) {
        if (!fs::remove(folder, error)) break;
    }
    return removed;
}

FileSink::FileSink(const fs::path& objects_dir, Destination destination, fs::path spool_path)
    : destination_(std::move(destination)),
      bucket_dir_(objects_dir / destination_.bucket),
      object_path_(bucket_dir_ / destination_.key),
      spool_path_(std::move(spool_path)) {
    // the request was checked long ago; a name that leaves its folder here is a bug
    assert(is_object_key(destination_.bucket));
    assert(is_object_key(destination_.key));
}

void FileSink::advance(std::uint64_t /*final_bytes*/) {}

Receipt FileSink::finish(std::uint64_t total_bytes, const Labels& /*late_metadata*/,
                         const base::Stop& stop) {
    if (stop.requested()) {
        throw base::Failure(base::Errc::cancelled, object_path_.string() + ": cancelled");
    }
    const auto spool = open_to_read(spool_path_);
    // not fdatasync: the time of the last write is part of the ETag and must outlive a power loss
    if (::fsync(spool.raw()) != 0) {
        throw base::Failure::from_errno("syncing " + spool_path_.string(), errno);
    }
    make_folder(bucket_dir_.parent_path());
    make_folders(bucket_dir_, object_path_.parent_path());
    const bool linked = ::link(spool_path_.c_str(), object_path_.c_str()) == 0;
    if (!linked && errno != EEXIST) {
        throw base::Failure::from_errno(
            base::text("linking ", spool_path_.string(), " to ", object_path_.string()), errno);
    }
    base::sync_folder(object_path_.parent_path());

    const auto object_file = open_to_read(object_path_, O_NOFOLLOW);
    const struct ::stat object = status_of(object_file, object_path_);
    if (!is_ours(spool, object_file, stop)) {
        throw base::Failure(
            base::Errc::conflict,
            base::text("object ", object_path_.string(),
                       " exists already and is another file than ", spool_path_.string()));
    }
    const auto bytes = static_cast<std::uint64_t>(object.st_size);
    if (bytes != total_bytes) {
        throw base::Failure(base::Errc::corrupt,
                            base::text("object ", object_path_.string(), " has ", bytes,
                                       " bytes, where ", total_bytes, " were captured"));
    }
    return {.bucket = destination_.bucket,
            .key = destination_.key,
            .bytes = bytes,
            .etag = object_etag(bytes, modified(object))};
}

bool FileSink::is_ours(base::Fd spool, base::Fd object, const base::Stop& stop) const {
    const struct ::stat spool_status = status_of(spool, spool_path_);
    const struct ::stat object_status = status_of(object, object_path_);
    if (is_same_file(spool_status, object_status)) return true;
    if (spool_status.st_size != object_status.st_size) return false;
    const auto spool_direct = open_directly(spool_path_);
    const auto object_direct = open_directly(object_path_);
    const auto whole = [bytes = static_cast<std::uint64_t>(spool_status.st_size)](
                           base::Fd file, base::Fd direct, std::string_view name) {
        return base::FileRange{
            .file = file, .direct = direct, .offset = 0, .bytes = bytes, .name = name};
    };
    return have_same_bytes(whole(spool, spool_direct, spool_path_.native()),
                           whole(object, object_direct, object_path_.native()), stop);
}

}  // namespace xpc::sink
