#include "sink/spool_space.hpp"

#include <algorithm>
#include <system_error>

#include <sys/statvfs.h>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace xpc::sink {
namespace {

namespace fs = std::filesystem;
using base::text;

constexpr std::chrono::milliseconds between_counts{100};

std::uint64_t bytes_in(const fs::path& folder) {
    std::uint64_t sum = 0;
    std::error_code error;  // a file that is gone meanwhile counts for nothing
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const auto size = entry.file_size(error);
        if (!error) sum += size;
    }
    return sum;
}

/// Nothing where the file system does not say.
std::optional<std::uint64_t> left_on_disk(const fs::path& folder) {
    struct ::statvfs status{};
    if (::statvfs(folder.c_str(), &status) != 0) return std::nullopt;
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

/// Whether the file system has next to nothing left for us.
bool is_disk_full(const fs::path& folder) {
    constexpr std::uint64_t least = 1U << 20U;
    return left_on_disk(folder).value_or(least) < least;
}

}  // namespace

std::optional<base::Error> SpoolSpace::take(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (fits(bytes)) {
        taken_ += bytes;
        return std::nullopt;
    }
    wanted_ = std::min(bytes, most_bytes_);
    return base::Error{.errc = base::Errc::disk_full,
                       .message = text("the spool is full: ", base::human_bytes(most_bytes_),
                                       " are allowed (delivery.spool_size)"),
                       .field = {}};
}

std::optional<base::Error> SpoolSpace::refusal() {
    if (is_disk_full(folder_)) {
        return base::Error{.errc = base::Errc::disk_full,
                           .message = text("the disk of the spool is full: ", folder_.native()),
                           .field = {}};
    }
    const std::lock_guard lock(mutex_);
    if (fits(wanted_)) {
        wanted_ = 1;
        return std::nullopt;
    }
    return base::Error{
        .errc = base::Errc::disk_full,
        .message = text("the spool is full: of ", base::human_bytes(most_bytes_),
                        " that it may have (delivery.spool_size), captures that run or wait to be "
                        "delivered have ",
                        base::human_bytes(counted_ + taken_)),
        .field = {}};
}

std::uint64_t SpoolSpace::used_bytes() const {
    return bytes_in(folder_);
}

std::uint64_t SpoolSpace::free_bytes() const {
    return left_on_disk(folder_).value_or(0);
}

bool SpoolSpace::take_or_exceed(std::uint64_t bytes, const PackingSpace& packing) {
    const std::lock_guard lock(mutex_);
    if (!fits(bytes)) {
        if (exceeding_ != nullptr && exceeding_ != &packing) return false;
        exceeding_ = &packing;
    }
    taken_ += bytes;
    return true;
}

void SpoolSpace::end_excess(const PackingSpace& packing) {
    const std::lock_guard lock(mutex_);
    if (exceeding_ == &packing) exceeding_ = nullptr;
}

bool SpoolSpace::fits(std::uint64_t bytes) {
    if (most_bytes_ == 0) return true;
    if (counted_ + taken_ + bytes <= most_bytes_) return true;
    const auto now = base::Deadline::clock::now();
    if (now < count_again_) return false;
    // what is on its way to a file now is counted when the file has it
    counted_ = bytes_in(folder_);
    taken_ = 0;
    count_again_ = now + between_counts;
    return counted_ + bytes <= most_bytes_;
}

PackingSpace::~PackingSpace() {
    if (space_ != nullptr) space_->end_excess(*this);
}

void PackingSpace::take(std::uint64_t bytes, const base::Stop& cancelled) {
    if (space_ == nullptr || bytes == 0) return;
    while (!space_->take_or_exceed(bytes, *this)) {
        if (base::wait(base::Fd(), cancelled, base::in(between_counts)) == base::Woken::stopped) {
            throw base::Failure(base::Errc::cancelled,
                                "waiting for room in the spool (delivery.spool_size): cancelled");
        }
    }
}

}  // namespace xpc::sink
