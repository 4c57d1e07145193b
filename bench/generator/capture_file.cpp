#include "generator/capture_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"

namespace xpc::bench {
namespace {

// Twice the largest packet or block that a walk accepts. Larger reads gained nothing here, smaller
// ones than 1 MiB lost.
constexpr std::size_t buffer_bytes = std::size_t{4} << 20;

}  // namespace

CaptureFile::CaptureFile(const std::string& path)
    : path_(path),
      fd_(base::UniqueFd::adopt(open(path.c_str(), O_RDONLY | O_CLOEXEC))),
      buffer_(base::Mapping::reserved(buffer_bytes, "the read buffer")) {
    if (!fd_.valid()) throw base::Failure::from_errno(path, errno);
    // Advice: whether the kernel takes it does not matter.
    static_cast<void>(posix_fadvise(fd_.raw(), 0, 0, POSIX_FADV_SEQUENTIAL));
}

std::span<const std::byte> CaptureFile::peek(std::size_t count) {
    if (end_ - begin_ < count) fill(count);
    return buffer_.bytes().subspan(begin_, std::min(count, end_ - begin_));
}

void CaptureFile::fill(std::size_t count) {
    const auto all = buffer_.bytes();
    if (count > all.size())
        throw base::Failure(base::Errc::corrupt, path_ + ": a packet or block of no sane size");
    std::memmove(all.data(), all.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    while (end_ < count) {
        const ssize_t got = read(fd_.raw(), all.data() + end_, all.size() - end_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw base::Failure::from_errno(path_, errno);
        if (got == 0) return;
        end_ += static_cast<std::size_t>(got);
    }
}

}  // namespace xpc::bench
