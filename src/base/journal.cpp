#include "base/journal.hpp"

#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

struct Address {
    explicit Address(std::string_view path) {
        unix_.sun_family = AF_UNIX;
        path.copy(unix_.sun_path, sizeof unix_.sun_path - 1);
    }

    [[nodiscard]] const sockaddr* get() const noexcept {
        return reinterpret_cast<const sockaddr*>(&unix_);
    }

    static constexpr socklen_t size = sizeof(sockaddr_un);

private:
    sockaddr_un unix_{};
};

UniqueFd datagram_socket() {
    auto fd = UniqueFd::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) throw Failure::from_errno("journal: socket", errno);
    return fd;
}

}  // namespace

Journal::Journal(std::string socket) : socket_(std::move(socket)), fd_(datagram_socket()) {
    const UniqueFd tried = datagram_socket();
    if (::connect(tried.raw(), Address(socket_).get(), Address::size) != 0)
        throw Failure::from_errno(text("journal: ", socket_), errno);
    constexpr timeval patience{.tv_sec = 0, .tv_usec = 250'000};
    if (::setsockopt(fd_.raw(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
        throw Failure::from_errno("journal: SO_SNDTIMEO", errno);
}

bool Journal::send(std::string_view entry) const noexcept {
    // To its name each time: a journal that has been started anew is another socket.
    return ::sendto(fd_.raw(), entry.data(), entry.size(), MSG_NOSIGNAL, Address(socket_).get(),
                    Address::size) == static_cast<ssize_t>(entry.size());
}

bool is_journal_stream(Fd fd, std::string_view journal_stream) noexcept {
    const auto colon = journal_stream.find(':');
    if (colon == std::string_view::npos) return false;
    const auto device = parse_decimal<dev_t>(journal_stream.substr(0, colon));
    const auto inode = parse_decimal<ino_t>(journal_stream.substr(colon + 1));
    struct stat there{};
    return device && inode && ::fstat(fd.raw(), &there) == 0 && there.st_dev == *device &&
           there.st_ino == *inode;
}

}  // namespace xpc::base
