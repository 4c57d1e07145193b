#include "daemon/confinement/server_user.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace xpc::daemon {
namespace {

using base::Errc;
using base::Failure;
using base::text;

constexpr const char* usual_user = "xepacketcap";

// systemd gives these to services that have no account (systemd, "Users, Groups, UIDs and GIDs on
// systemd Systems"), so that nobody else does.
constexpr uid_t first_free = 61184;
constexpr uid_t last_free = 65519;

std::optional<ServerUser> account(const std::string& name) {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
    if (found == nullptr) return std::nullopt;
    return ServerUser{.uid = found->pw_uid, .gid = found->pw_gid, .name = name, .why = {}};
}

std::string account_of(uid_t uid) {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(uid, &entry, room.data(), room.size(), &found);
    return found == nullptr ? std::string() : found->pw_name;
}

bool is_group(gid_t gid) {
    std::array<char, 4096> room{};
    group entry{};
    group* found = nullptr;
    const int failed = ::getgrgid_r(gid, &entry, room.data(), room.size(), &found);
    return failed != 0 || found != nullptr;
}

std::optional<ServerUser> nobody_else() {
    for (uid_t number = first_free; number <= last_free; ++number) {
        if (!account_of(number).empty() || is_group(number)) continue;
        return ServerUser{
            .uid = number, .gid = number, .name = {}, .why = "there is no user xepacketcap"};
    }
    return std::nullopt;
}

std::string cause_of(int error_number) {
    return std::generic_category().message(error_number);
}

/// As that user.
std::optional<std::string> first_obstacle(const std::filesystem::path& data_dir, bool is_given,
                                          const Needs& needs) {
    const int wanted = is_given ? F_OK : R_OK | W_OK | X_OK;
    if (::access(data_dir.c_str(), wanted) != 0) {
        return text(data_dir.native(), " (server.data_dir): ", cause_of(errno));
    }
    for (const NeededFile& file : needs.files) {
        if (::access(file.path.c_str(), R_OK) == 0) continue;
        return text(file.path.native(), " (", file.whose, "): ", cause_of(errno));
    }
    for (const NeededFile& folder : needs.folders) {
        if (::access(folder.path.c_str(), R_OK | W_OK | X_OK) == 0) continue;
        return text(folder.path.native(), " (", folder.whose, "): ", cause_of(errno));
    }
    return std::nullopt;
}

/// The files that there are, whether or not the other user may see that they are there.
Needs existing(const Needs& needs) {
    Needs there = needs;
    const auto is_absent = [](const NeededFile& file) {
        return ::access(file.path.c_str(), F_OK) != 0;
    };
    std::erase_if(there.files, is_absent);
    std::erase_if(there.folders, is_absent);
    return there;
}

}  // namespace

base::Result<ServerUser> choose_user(const std::string& asked,
                                     const std::filesystem::path& data_dir) {
    const auto of = [](ServerUser user, const char* why) {
        user.why = why;
        return user;
    };
    if (!asked.empty()) {
        if (auto found = account(asked)) return of(*found, "server.user");
        return base::refuse(Errc::config,
                            text("server.user: there is no user ", base::quoted(asked)),
                            "server.user");
    }
    if (auto found = account(usual_user)) return of(*found, "there is such a user");
    struct stat status{};
    if (::stat(data_dir.c_str(), &status) == 0 && status.st_uid != 0) {
        return ServerUser{.uid = status.st_uid,
                          .gid = status.st_gid,
                          .name = account_of(status.st_uid),
                          .why = "server.data_dir is theirs"};
    }
    if (auto found = nobody_else()) return *found;
    return base::refuse(Errc::config, "every number for a user without an account is taken");
}

std::optional<std::string> obstacle_for(const ServerUser& user,
                                        const std::filesystem::path& data_dir, bool is_given,
                                        const Needs& needs) {
    const Needs there = existing(needs);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Failure::from_errno("pipe", errno);
    const auto from = base::UniqueFd::adopt(ends[0]);
    auto to = base::UniqueFd::adopt(ends[1]);
    // a process of its own: what it gives up to look is given up for good
    const pid_t looker = ::fork();
    if (looker < 0) throw Failure::from_errno("fork", errno);
    if (looker == 0) {
        std::optional<std::string> obstacle;
        try {
            become(user);
            obstacle = first_obstacle(data_dir, is_given, there);
        } catch (const Failure& failure) {  // it is what the parent wants to know
            obstacle = failure.error().message;
        }
        const std::string said = obstacle.value_or("");
        const bool is_said =
            ::write(to.raw(), said.data(), said.size()) == static_cast<ssize_t>(said.size());
        ::_exit(is_said ? 0 : 1);
    }
    to.reset();
    std::string said;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::read(from.raw(), piece.data(), piece.size())) > 0;)
        said.append(piece.data(), static_cast<std::size_t>(got));
    int status = 0;
    if (::waitpid(looker, &status, 0) != looker || status != 0) {
        throw Failure(Errc::internal,
                      "the process that looks what the server's user may do failed");
    }
    return said.empty() ? std::nullopt : std::optional(said);
}

void become(const ServerUser& user) {
    const std::string what =
        text("becoming user ", user.name.empty() ? "" : user.name + " ", user.uid);
    const int grouped =
        user.name.empty() ? ::setgroups(0, nullptr) : ::initgroups(user.name.c_str(), user.gid);
    if (grouped != 0 || ::setresgid(user.gid, user.gid, user.gid) != 0 ||
        ::setresuid(user.uid, user.uid, user.uid) != 0) {
        throw Failure::from_errno(what, errno);
    }
}

}  // namespace xpc::daemon
