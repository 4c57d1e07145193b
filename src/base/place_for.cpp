#include "base/place_for.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>

#include "base/error.hpp"

namespace xpc::base {

std::filesystem::path place_for(std::filesystem::path path) {
    std::error_code error;
    while (!std::filesystem::exists(path, error) && path.has_relative_path())
        path = path.parent_path();
    if (::access(path.c_str(), W_OK | X_OK) != 0) {
        throw Failure::from_errno(path.native(), errno);
    }
    return path;
}

}  // namespace xpc::base
