#include "sink/spool_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>

#include "base/error.hpp"
#include "base/log.hpp"

namespace xpc::sink {

base::UniqueFd open_to_read(const std::filesystem::path& path, int flags) {
    auto file = base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
    if (!file.valid()) throw base::Failure::from_errno("opening " + path.string(), errno);
    return file;
}

base::UniqueFd open_directly(const std::filesystem::path& path) {
    return base::UniqueFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT));
}

void remove_spool_file(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::remove(path, error) && error) {
        base::log::warning("spool.not_removed",
                           {{"path", path.native()}, {"cause", error.message()}});
    }
}

}  // namespace xpc::sink
