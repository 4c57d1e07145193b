#include "daemon/data_dir.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
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

constexpr const char* workers_lock = "worker.lock";
constexpr const char* workers_sign = "worker.seen";

base::UniqueFd take_lock(const std::filesystem::path& dir, DataDir::Role role) {
    const bool is_server = role == DataDir::Role::server;
    const auto path = dir / (is_server ? "lock" : workers_lock);
    auto lock = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!lock.valid()) throw Failure::from_errno(path.native(), errno);
    if (::flock(lock.raw(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) throw Failure::from_errno(path.native(), errno);
        throw Failure(base::Errc::in_use,
                      text("data_dir ", dir.native(), ": is in use by ", holder_of(lock),
                           ", another xepacketcap ", is_server ? "server" : "worker"));
    }
    const std::string pid = text(::getpid(), '\n');
    if (::ftruncate(lock.raw(), 0) != 0 ||
        ::pwrite(lock.raw(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        throw Failure::from_errno(path.native(), errno);
    }
    return lock;
}

}  // namespace

DataDir::DataDir(std::filesystem::path path, Role role) : path_(std::move(path)) {
    make_dir(path_);
    lock_ = take_lock(path_, role);
    make_dir(spool());
    make_dir(objects());
    make_dir(transcripts());
}

bool DataDir::take_workers_part() {
    try {
        workers_lock_ = take_lock(path_, Role::worker);
        return true;
    } catch (const Failure& failure) {  // a worker runs: it goes on, and others will follow it
        if (failure.error().errc != base::Errc::in_use) throw;
    }
    return false;
}

void DataDir::show_worker_alive() const {
    // what can not be shown makes /readyz say so, and nothing else
    const auto sign = base::UniqueFd::adopt(
        ::open((path_ / workers_sign).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
    [[maybe_unused]] const int shown = ::futimens(sign.raw(), nullptr);
}

std::optional<base::WallTime> DataDir::last_worker(const std::filesystem::path& path) {
    struct stat status{};
    if (::stat((path / workers_sign).c_str(), &status) != 0) return std::nullopt;
    return base::WallTime(std::chrono::seconds(status.st_mtim.tv_sec));
}

}  // namespace xpc::daemon
