#include "job/spool_remains.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "job/spool_bytes.hpp"

namespace xpc::job {
namespace {

using base::Failure;
using base::text;

std::string named(const std::filesystem::path& path) {
    return text("spool ", path.native());
}

}  // namespace

std::optional<Remains> look_at_spool(const std::filesystem::path& path, std::uint64_t most_bytes) {
    const auto file = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        if (errno == ENOENT) return std::nullopt;
        throw Failure::from_errno(named(path), errno);
    }
    struct stat status{};
    if (::fstat(file.raw(), &status) != 0) throw Failure::from_errno(named(path), errno);
    const auto bytes = std::min(static_cast<std::uint64_t>(status.st_size), most_bytes);
    if (bytes == 0) return std::nullopt;
    SpoolBytes content(file, bytes, named(path));
    return Remains{
        .bytes = bytes,
        .whole = pcap::whole_extent(content),
        .last_written = base::WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                                       std::chrono::nanoseconds(status.st_mtim.tv_nsec))};
}

void cut_spool(const std::filesystem::path& path, std::uint64_t bytes) {
    const auto file = base::UniqueFd::adopt(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.valid() || ::ftruncate(file.raw(), static_cast<off_t>(bytes)) != 0 ||
        ::fdatasync(file.raw()) != 0) {
        throw Failure::from_errno(text(named(path), ": cutting it"), errno);
    }
}

std::filesystem::path set_spool_aside(const std::filesystem::path& path) {
    auto aside = path.parent_path() / text("unreadable-", path.filename().native());
    std::error_code error;
    std::filesystem::rename(path, aside, error);
    if (error) throw Failure::from_errno(text(named(path), ": renaming it"), error.value());
    return aside;
}

}  // namespace xpc::job
