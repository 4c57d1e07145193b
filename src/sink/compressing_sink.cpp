#include "sink/compressing_sink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/file_range.hpp"
#include "base/thread_name.hpp"
#include "sink/object_options.hpp"
#include "sink/spool_file.hpp"
#include "sink/zstd_stream.hpp"

namespace xpc::sink {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::Failure;

// How much is packed at a time.
constexpr std::size_t piece_bytes = std::size_t{1} << 20U;

/// A disk that is full may have room later: what was captured is not lost by that, as it is where a
/// capture ends for it.
Failure waiting_for_room(const Failure& failed) {
    const Error& error = failed.error();
    return {error.errc == Errc::disk_full ? Errc::not_ready : error.errc, error.message};
}

std::unique_ptr<GrowingFile> create_anew(const fs::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        throw Failure::from_errno("removing " + path.string(), errno);
    }
    try {
        return std::make_unique<GrowingFile>(path);
    } catch (const Failure& failed) {  // tried again where that may help
        throw waiting_for_room(failed);
    }
}

}  // namespace

fs::path compressed_path(const fs::path& spool_path) {
    fs::path out = spool_path;
    out += compressed_extension;
    return out;
}

CompressingSink::CompressingSink(fs::path spool_path, SpoolSpace* space, const Open& open)
    : spool_path_(std::move(spool_path)),
      spool_(open_to_read(spool_path_)),
      direct_(open_directly(spool_path_)),
      path_(compressed_path(spool_path_)),
      space_(space),
      file_(create_anew(path_)),
      next_(open(path_)),
      growth_(spool_path_.string()),
      thread_([this] { run(); }) {}

CompressingSink::~CompressingSink() {
    growth_.cancel();
    if (thread_.joinable()) thread_.join();
    next_.reset();
    remove_spool_file(path_);
}

void CompressingSink::advance(std::uint64_t final_bytes) {
    growth_.advance(final_bytes);
}

Receipt CompressingSink::finish(std::uint64_t total_bytes, const Labels& late_metadata,
                                const base::Stop& stop) {
    growth_.complete(total_bytes);
    if (base::wait(done_.fd(), stop, base::never) == base::Woken::stopped) growth_.cancel();
    thread_.join();  // short: it is done, or was told to end
    if (auto error = error_.copy()) throw Failure(std::move(*error));
    return next_->finish(packed_bytes_, late_metadata, stop);
}

void CompressingSink::run() {
    base::name_thread("compressor");
    try {
        pack_all();
    } catch (const Failure& failed) {  // carried to finish()
        error_.with([&](auto& error) { error = failed.error(); });
    }
    done_.request();
}

void CompressingSink::pack_all() {
    ZstdStream stream;
    base::FileRange::Memory memory;
    for (std::uint64_t offset = 0;;) {
        const auto now = growth_.wait_for(offset + piece_bytes);
        const auto bytes = std::min<std::uint64_t>(
            now.final_bytes - std::min(offset, now.final_bytes), piece_bytes);
        if (bytes == 0) break;
        const base::FileRange piece{.file = spool_,
                                    .direct = direct_,
                                    .offset = offset,
                                    .bytes = bytes,
                                    .name = spool_path_.native()};
        piece.each_piece([&](std::span<const std::byte> some) { append(stream.pack(some)); },
                         memory);
        offset += bytes;
    }
    append(stream.finish());
    if (const int refused = file_->cut(packed_bytes_); refused != 0) {
        throw Failure::from_errno("cutting " + path_.string(), refused);
    }
}

void CompressingSink::append(std::span<const std::byte> packed) {
    space_.take(packed.size(), growth_.cancelled());
    if (const int refused = file_->append(std::array{packed}); refused != 0) {
        throw waiting_for_room(Failure::from_errno("writing " + path_.string(), refused));
    }
    packed_bytes_ += packed.size();
    next_->advance(packed_bytes_);
}

}  // namespace xpc::sink
