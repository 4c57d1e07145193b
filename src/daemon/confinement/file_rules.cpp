#include "daemon/confinement/file_rules.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::daemon {
namespace {

using base::Failure;
using Rights = std::uint64_t;

constexpr int first_useful_version = 2;

// Of later kernels than Debian 12's headers: linux/landlock.h of 6.12.
constexpr Rights truncate_right = Rights{1} << 14U;        // version 3
constexpr Rights ioctl_right = Rights{1} << 15U;           // version 5
constexpr Rights bind_tcp_right = Rights{1} << 0U;         // version 4
constexpr Rights abstract_socket_scope = Rights{1} << 0U;  // version 6
constexpr Rights signal_scope = Rights{1} << 1U;           // version 6
constexpr int rule_net_port = 2;

struct RulesetAttributes {
    Rights files;
    Rights net;
    Rights scoped;
};

struct PortAttributes {
    Rights allowed;
    std::uint64_t port;
};

constexpr Rights reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

// No links, devices or sockets: the server makes none, and whoever gets hold of it need not.
constexpr Rights writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                           LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                           LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | truncate_right;

constexpr Rights of_a_file = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                             LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_right | ioctl_right;

Rights rights_of(FileRules::Access access) {
    switch (access) {
        case FileRules::Access::read:
            return reading;
        case FileRules::Access::read_and_run:
            return reading | LANDLOCK_ACCESS_FS_EXECUTE;
        case FileRules::Access::write:
            return writing;
        case FileRules::Access::use:
            return reading | LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_right;
    }
    std::unreachable();
}

/// Those that the version knows: what it does not know it allows.
Rights known_rights(int version) {
    Rights known = (Rights{1} << 14U) - 1;  // up to REFER
    if (version >= 3) known |= truncate_right;
    if (version >= 5) known |= ioctl_right;
    return known;
}

}  // namespace

int FileRules::version() noexcept {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0},
                                   unsigned{LANDLOCK_CREATE_RULESET_VERSION});
    return version < first_useful_version ? 0 : static_cast<int>(version);
}

FileRules::FileRules(int version, const Reach& reach) : version_(version) {
    RulesetAttributes handled{.files = known_rights(version), .net = 0, .scoped = 0};
    std::size_t size = sizeof handled.files;
    if (version >= 4) {
        handled.net = bind_tcp_right;
        size = sizeof handled.files + sizeof handled.net;
    }
    if (version >= 6) {
        handled.scoped = (reach.signals ? 0 : signal_scope) |
                         (reach.abstract_sockets ? 0 : abstract_socket_scope);
        size = sizeof handled;
    }
    rules_ = base::UniqueFd::adopt(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, size, 0U)));
    if (!rules_.valid()) throw Failure::from_errno("landlock_create_ruleset", errno);
    if (version < 4) return;
    const PortAttributes port{.allowed = bind_tcp_right, .port = reach.listen_port};
    if (::syscall(SYS_landlock_add_rule, rules_.raw(), rule_net_port, &port, 0U) != 0) {
        throw Failure::from_errno("landlock_add_rule: port", errno);
    }
}

void FileRules::allow(const std::filesystem::path& path, Access access) {
    const auto place = base::UniqueFd::adopt(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status{};
    if (!place.valid() || ::fstat(place.raw(), &status) != 0) return;
    Rights rights = rights_of(access) & known_rights(version_);
    if (!S_ISDIR(status.st_mode)) rights &= of_a_file;
    const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = place.raw()};
    constexpr int no_such_kind = EBADFD;  // a file that is on no file system, such as a pipe
    if (::syscall(SYS_landlock_add_rule, rules_.raw(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) !=
            0 &&
        errno != no_such_kind) {
        throw Failure::from_errno(base::text("landlock_add_rule: ", path.native()), errno);
    }
}

void FileRules::enforce() const {
    if (::syscall(SYS_landlock_restrict_self, rules_.raw(), 0U) != 0) {
        throw Failure::from_errno("landlock_restrict_self", errno);
    }
}

}  // namespace xpc::daemon
