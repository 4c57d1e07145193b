#include "base/sync_folder.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace xpc::base {

void sync_folder(const std::filesystem::path& folder) {
    const std::filesystem::path path =
        folder.empty() ? "." : folder;  // that of a file whose name has none
    const auto fd = UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.raw()) != 0) {
        throw Failure::from_errno("syncing " + path.native(), errno);
    }
}

}  // namespace xpc::base
