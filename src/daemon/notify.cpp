#include "daemon/notify.hpp"

#include <cstddef>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace xpc::daemon {

Notify::Notify(const sink::Environment& environment)
    : socket_(environment("NOTIFY_SOCKET").value_or("")) {
    const auto pause =
        base::parse_decimal<std::uint64_t>(environment("WATCHDOG_USEC").value_or(""));
    const auto pid = environment("WATCHDOG_PID");  // unset, or the process that is meant
    const bool is_ours = !pid || *pid == std::to_string(::getpid());
    if (pause && *pause > 0 && is_ours) watchdog_pause_ = std::chrono::microseconds(*pause / 2);
}

void Notify::ready(std::string_view status) const {
    send(base::text("READY=1\nMAINPID=", ::getpid(), "\nSTATUS=", status));
}

void Notify::stopping() const {
    send("STOPPING=1\nSTATUS=ending captures and deliveries");
}

void Notify::alive() const {
    send("WATCHDOG=1");
}

void Notify::send(std::string_view message) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
    socket_.copy(address.sun_path, socket_.size());
    if (socket_.front() == '@') address.sun_path[0] = '\0';  // an abstract name
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    const auto fd =
        base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) return;
    [[maybe_unused]] const auto sent =
        ::sendto(fd.raw(), message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace xpc::daemon
