#include "base/journal.hpp"

#include <string>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/scratch_folder.hpp"

using namespace xpc::base;

namespace {

UniqueFd listener(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    auto fd = UniqueFd::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(fd.raw(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

std::string received(const UniqueFd& fd) {
    std::string out(1000, '\0');
    const auto length = ::recv(fd.raw(), out.data(), out.size(), MSG_DONTWAIT);
    out.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return out;
}

}  // namespace

TEST_CASE("entries go to whoever listens there at the time") {
    const xpc::tests::ScratchFolder folder;
    const std::string path = (folder.path() / "socket").native();
    auto journald = listener(path);
    const Journal journal(path);
    CHECK(journal.send("MESSAGE=one\n"));
    CHECK(received(journald) == "MESSAGE=one\n");

    journald = UniqueFd();
    CHECK_FALSE(journal.send("MESSAGE=lost\n"));
    REQUIRE(::unlink(path.c_str()) == 0);
    journald = listener(path);
    CHECK(journal.send("MESSAGE=two\n"));
    CHECK(received(journald) == "MESSAGE=two\n");
}

TEST_CASE("a journal that takes nothing does not hold up who writes") {
    const xpc::tests::ScratchFolder folder;
    const std::string path = (folder.path() / "socket").native();
    const auto journald = listener(path);
    const Journal journal(path);
    int taken = 0;
    while (journal.send("MESSAGE=again\n"))
        ++taken;
    CHECK(taken > 0);
    CHECK_FALSE(journal.send(std::string(std::size_t{64} << 20U, 'x')));
}

TEST_CASE("where no journal is, that is an error") {
    const xpc::tests::ScratchFolder folder;
    CHECK_THROWS_AS(Journal((folder.path() / "none").native()), Failure);
}

TEST_CASE("a descriptor is the journal's stream where systemd has said so of it") {
    struct stat there{};
    REQUIRE(::fstat(STDERR_FILENO, &there) == 0);
    const Fd fd = Fd::borrow(STDERR_FILENO);
    CHECK(is_journal_stream(fd, text(there.st_dev, ':', there.st_ino)));
    CHECK_FALSE(is_journal_stream(fd, text(there.st_dev, ':', there.st_ino + 1)));
    CHECK_FALSE(is_journal_stream(fd, text(there.st_dev + 1, ':', there.st_ino)));
    for (const char* const none : {"", ":", "1", "x:y", "1:2:3", "-1:2"})
        CHECK_FALSE_MESSAGE(is_journal_stream(fd, none), none);
}
