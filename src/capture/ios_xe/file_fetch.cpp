#include "capture/ios_xe/file_fetch.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"

namespace xpc::capture::ios_xe {

using base::Failure;

base::UniqueFd open_mounted(const std::filesystem::path& file, std::uint64_t bytes) {
    auto opened = base::UniqueFd::adopt(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!opened.valid()) {
        throw Failure(base::Errc::device_file,
                      base::text("the exported file is not at ", file.native(), ": ",
                                 std::generic_category().message(errno)));
    }
    struct ::stat status{};
    if (::fstat(opened.raw(), &status) != 0) {
        throw Failure::from_errno(file.native(), errno);
    }
    if (static_cast<std::uint64_t>(status.st_size) != bytes) {
        throw Failure(base::Errc::device_file, base::text(file.native(), ": has ", status.st_size,
                                                          " bytes, and ", bytes, " on the device"));
    }
    return opened;
}

base::UniqueFd temporary_file(const std::filesystem::path& folder) {
    const auto where = folder.empty() ? std::filesystem::temp_directory_path() : folder;
    constexpr mode_t owner_only = 0600;
    auto file =
        base::UniqueFd::adopt(::open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, owner_only));
    if (!file.valid()) {
        throw Failure::from_errno("a file in " + where.native(), errno);
    }
    return file;
}

}  // namespace xpc::capture::ios_xe
