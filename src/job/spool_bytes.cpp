#include "job/spool_bytes.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::job {
namespace {

constexpr std::size_t window_bytes = std::size_t{1} << 20U;

}  // namespace

std::span<const std::byte> SpoolBytes::at(std::uint64_t offset, std::size_t length) {
    if (offset >= bytes_) return {};
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, bytes_ - offset));
    if (offset < from_ || offset + length > from_ + has_) fill(offset, length);
    const auto there = std::span<const std::byte>(window_).first(has_).subspan(
        static_cast<std::size_t>(offset - from_));
    return there.first(std::min(length, there.size()));
}

void SpoolBytes::fill(std::uint64_t offset, std::size_t length) {
    window_.resize(std::max({window_.size(), length, window_bytes}));
    from_ = offset;
    has_ = 0;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(window_.size(), bytes_ - offset));
    while (has_ < wanted) {
        const auto got = ::pread(file_.raw(), window_.data() + has_, wanted - has_,
                                 static_cast<off_t>(offset + has_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno != EIO) throw base::Failure::from_errno(name_, errno);
        if (got <= 0) {
            bytes_ = offset + has_;
            return;
        }
        has_ += static_cast<std::size_t>(got);
    }
}

}  // namespace xpc::job
