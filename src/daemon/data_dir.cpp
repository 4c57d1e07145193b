#include "daemon/data_dir.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "daemon/dir_lock.hpp"

namespace xpc::daemon {
namespace {

using base::Failure;
using base::text;

constexpr const char* workers_lock = "worker.lock";
constexpr const char* workers_sign = "worker.seen";

base::UniqueFd take_lock(const std::filesystem::path& dir, DataDir::Role role) {
    // what a device answers in, or does not
    constexpr std::chrono::seconds last_words{30};
    if (role == DataDir::Role::server) {
        return take_dir_lock(dir / "lock", "server", Inherited::no, last_words);
    }
    // A `dohost` that a killed worker has started says all that it was told to, and must not do
    // that between the words of the next one.
    return take_dir_lock(dir / workers_lock, "worker", Inherited::yes, last_words);
}

}  // namespace

void DataDir::make(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) throw Failure::from_errno(text("data_dir ", path.native()), error.value());
}

DataDir::DataDir(std::filesystem::path path, Role role) : path_(std::move(path)) {
    DataDir::make(path_);
    lock_ = take_lock(path_, role);
    DataDir::make(spool());
    DataDir::make(objects());
    DataDir::make(transcripts());
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
