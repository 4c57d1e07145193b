#include "sink/spool.hpp"

#include <cassert>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/text.hpp"

namespace xpc::sink {
namespace {

using base::text;

/// 0, or the errno.
int write_all(base::Fd file, std::span<const std::byte> bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto written =
            ::pwrite(file.raw(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno != EINTR) return errno;
        if (written <= 0) continue;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return 0;
}

}  // namespace

Spool::Spool(std::filesystem::path path, const PartPool& pool)
    : path_(std::move(path)),
      file_(base::UniqueFd::adopt(
          ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640))),
      parts_(pool.part_count()) {
    if (!file_.valid()) throw base::Failure::from_errno(text("spool ", path_.native()), errno);
    writer_ = std::jthread([this] { write_parts(); });
}

Spool::~Spool() {
    parts_.close();
}

void Spool::put(PartLease part) {
    [[maybe_unused]] const bool pushed = parts_.try_push(part);
    assert(pushed);
}

SpoolProgress Spool::close() {
    parts_.close();
    if (writer_.joinable()) writer_.join();
    return progress();
}

void Spool::write_parts() {
    while (const auto part = parts_.pop(base::never))
        write_part(*part);
    sync();
}

void Spool::write_part(const PartLease& part) {
    const SpoolProgress before = progress();
    const auto lose = [&part](SpoolProgress& progress) {
        progress.lost_frames += part.frames();
        progress.lost_bytes += part.filled().size();
    };
    if (before.error) {
        progress_.with(lose);
        return;
    }
    const int failed = write_all(file_, part.filled(), before.written_bytes);
    if (failed == 0) {
        progress_.with(
            [&part](SpoolProgress& progress) { progress.written_bytes += part.filled().size(); });
        return;
    }
    // The file stays a whole number of records. Shrinking needs no space, so it works on a full
    // disk.
    [[maybe_unused]] const int shrunk =
        ::ftruncate(file_.raw(), static_cast<off_t>(before.written_bytes));
    const auto error = base::Failure::from_errno(text("spool ", path_.native()), failed).error();
    progress_.with([&](SpoolProgress& progress) {
        lose(progress);
        progress.error = error;
    });
}

void Spool::sync() {
    if (::fdatasync(file_.raw()) == 0) return;
    const auto error = base::Failure::from_errno(text("spool ", path_.native()), errno).error();
    progress_.with([&error](SpoolProgress& progress) {
        if (!progress.error) progress.error = error;
    });
}

}  // namespace xpc::sink
