#include "daemon/data_dir.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::daemon {
namespace {

using base::Failure;
using base::text;

void make_dir(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) throw Failure::from_errno(text("data_dir ", path.native()), error.value());
}

std::string holder_of(base::Fd lock) {
    std::array<char, 32> digits{};
    const auto got = ::pread(lock.raw(), digits.data(), digits.size(), 0);
    if (got <= 0) return "another process";
    return text("process ", base::trimmed({digits.data(), static_cast<std::size_t>(got)}));
}

base::UniqueFd take_lock(const std::filesystem::path& dir) {
    const auto path = dir / "lock";
    auto lock = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!lock.valid()) throw Failure::from_errno(path.native(), errno);
    if (::flock(lock.raw(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) throw Failure::from_errno(path.native(), errno);
        throw Failure(base::Errc::in_use, text("data_dir ", dir.native(), ": is in use by ",
                                               holder_of(lock), ", another xepacketcap server"));
    }
    const std::string pid = text(::getpid(), '\n');
    if (::ftruncate(lock.raw(), 0) != 0 ||
        ::pwrite(lock.raw(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        throw Failure::from_errno(path.native(), errno);
    }
    return lock;
}

}  // namespace

DataDir::DataDir(std::filesystem::path path) : path_(std::move(path)) {
    make_dir(path_);
    lock_ = take_lock(path_);
    make_dir(spool());
    make_dir(objects());
}

}  // namespace xpc::daemon
