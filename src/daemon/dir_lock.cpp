#include "daemon/dir_lock.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"

namespace xpc::daemon {
namespace {

using base::Failure;
using base::text;

std::optional<pid_t> process_of(std::string_view digits) {
    const auto number = base::parse_decimal<std::uint32_t>(digits);
    return number ? std::optional(static_cast<pid_t>(*number)) : std::nullopt;
}

std::optional<pid_t> holder_in(base::Fd lock) {
    std::array<char, 32> digits{};
    const auto got = ::pread(lock.raw(), digits.data(), digits.size(), 0);
    if (got <= 0) return std::nullopt;
    return process_of(base::trimmed({digits.data(), static_cast<std::size_t>(got)}));
}

bool is_alive(pid_t process) {
    return ::kill(process, 0) == 0 || errno == EPERM;
}

/// Whether the process that took the lock is gone, and others of it have it still.
bool is_left_over(base::Fd lock) {
    const auto holder = holder_in(lock);
    return holder && !is_alive(*holder);
}

bool has_open(const std::filesystem::path& process, const std::filesystem::path& file) {
    std::error_code error;  // one of another user, or one that has just ended
    for (const auto& entry : std::filesystem::directory_iterator(process / "fd", error)) {
        const auto target = std::filesystem::read_symlink(entry.path(), error);
        if (!error && target == file) return true;
    }
    return false;
}

void end_what_is_left_over(const std::filesystem::path& path) {
    std::error_code error;
    const auto file = std::filesystem::canonical(path, error);
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const auto process = process_of(entry.path().filename().native());
        if (!process || *process == ::getpid() || !has_open(entry.path(), file)) continue;
        base::log::warning("worker.command_ended", {{"process", *process}});
        ::kill(*process, SIGKILL);
    }
}

void write_own_number(base::Fd lock, const std::filesystem::path& path) {
    const std::string number = text(::getpid(), '\n');
    const auto size = static_cast<ssize_t>(number.size());
    if (::ftruncate(lock.raw(), 0) != 0 ||
        ::pwrite(lock.raw(), number.data(), number.size(), 0) != size) {
        throw Failure::from_errno(path.native(), errno);
    }
}

}  // namespace

base::UniqueFd take_dir_lock(const std::filesystem::path& path, std::string_view who,
                             Inherited inherited, std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds between_tries{50};
    constexpr std::chrono::seconds until_killed{2};
    const int close_on_exec = inherited == Inherited::yes ? 0 : O_CLOEXEC;
    auto lock = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CREAT | close_on_exec, 0640));
    if (!lock.valid()) throw Failure::from_errno(path.native(), errno);
    const base::Stop nobody;
    auto last = base::in(patience);
    for (bool are_ended = false; ::flock(lock.raw(), LOCK_EX | LOCK_NB) != 0;) {
        if (errno != EWOULDBLOCK) throw Failure::from_errno(path.native(), errno);
        const bool is_late = base::Deadline::clock::now() >= last;
        if (!is_left_over(lock) || (is_late && are_ended)) {
            const auto holder = holder_in(lock);
            throw Failure(base::Errc::in_use,
                          text("data_dir ", path.parent_path().native(), ": is in use by ",
                               holder ? text("process ", *holder) : "another process",
                               ", another xepacketcap ", who));
        }
        if (is_late) {
            end_what_is_left_over(path);
            are_ended = true;
            last = base::in(until_killed);
        }
        [[maybe_unused]] const auto woken = base::wait({}, nobody, base::in(between_tries));
    }
    write_own_number(lock, path);
    return lock;
}

}  // namespace xpc::daemon
