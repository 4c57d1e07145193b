#include "base/write_all.hpp"

#include <cerrno>

#include <unistd.h>

#include "base/error.hpp"

namespace xpc::base {

void write_all(Fd file, std::string_view content, const std::string& what) {
    while (!content.empty()) {
        const ssize_t written = ::write(file.raw(), content.data(), content.size());
        if (written < 0 && errno != EINTR) throw Failure::from_errno(what, errno);
        if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace xpc::base
