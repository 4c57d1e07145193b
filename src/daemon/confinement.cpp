#include "daemon/confinement.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.hpp"
#include "base/sanitizers.hpp"
#include "base/text.hpp"
#include "daemon/confinement/capabilities.hpp"
#include "daemon/confinement/file_rules.hpp"
#include "daemon/confinement/hand_over.hpp"
#include "daemon/confinement/needs.hpp"
#include "daemon/confinement/server_user.hpp"
#include "daemon/confinement/syscall_filter.hpp"
#include "daemon/data_dir.hpp"

namespace xpc::daemon {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Failure;
using base::is_sanitized;
using base::text;
using Access = FileRules::Access;

/// What root needs to be able to become another user, who then has the data_dir.
bool may_become_another() {
    constexpr Capabilities needed = capability(CAP_SETUID) | capability(CAP_SETGID) |
                                    capability(CAP_CHOWN) | capability(CAP_FOWNER);
    return (permitted_capabilities() & needed) == needed;
}

/// The user to become, who has the data_dir now; nothing where root is to stay root.
/// Errors: Failure(config), where the configuration has said who, and they can not.
std::optional<ServerUser> user_to_become(const Config& config, const Needs& needs) {
    const std::string& asked = config.server.user;
    if (asked == "root") return std::nullopt;
    const auto stay = [&asked](const std::string& cause) {
        if (!asked.empty()) throw Failure(Errc::config, text("server.user: ", cause));
        base::log::warning("server.stays_root", {{"cause", cause}});
        return std::nullopt;
    };
    if (needs.shares_data_dir) {
        return stay("a worker (work --once) that root starts has to share server.data_dir");
    }
    if (!may_become_another()) return stay("root may not become another user here");
    auto user = base::value_or_throw(choose_user(asked, config.server.data_dir));
    if (user.uid == 0) return std::nullopt;
    const bool is_given = is_only_ours(config.server.data_dir, user.uid);
    if (const auto obstacle = obstacle_for(user, config.server.data_dir, is_given, needs)) {
        return stay(text("user ", user.name.empty() ? std::to_string(user.uid) : user.name,
                         " could not use ", *obstacle));
    }
    if (!is_given) return user;
    try {
        hand_over(config.server.data_dir, user.uid, user.gid);
    } catch (const Failure& failure) {  // a file system that lets root give nothing away, as NFS
        return stay(failure.error().message);
    }
    return user;
}

/// What earlier servers have left as another user: root without its powers can do nothing with it.
void take_back(const fs::path& data_dir) {
    if (!may_become_another() || !is_only_ours(data_dir, 0)) return;
    try {
        hand_over(data_dir, 0, 0);
    } catch (const Failure& failure) {  // what is not ours then says so where it is needed
        base::log::warning("server.stays_root", {{"cause", failure.error().message}});
    }
}

/// Below it, ports are root's, or CAP_NET_BIND_SERVICE's.
std::uint32_t first_free_port() {
    std::uint32_t port = 1024;
    std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> port;
    return port;
}

/// The taps go before whatever else wants the processor (af_packet/tap.cpp, go_first): a limit
/// that is raised now lets them, where the capability would be another one to hold.
void allow_priority() {
    constexpr rlim_t nice_minus_15 = 20 + 15;  // getrlimit(2), RLIMIT_NICE
    const rlimit limit{.rlim_cur = nice_minus_15, .rlim_max = nice_minus_15};
    rlimit current{};
    if (::getrlimit(RLIMIT_NICE, &current) == 0 && current.rlim_cur >= nice_minus_15) return;
    // without it they wait their turn, as they do without the right
    [[maybe_unused]] const int done = ::setrlimit(RLIMIT_NICE, &limit);
}

/// The folder that a file is in, since whoever renews it puts another in its place; and where it
/// leads, if it is a link.
void allow_file(FileRules& rules, const fs::path& file) {
    rules.allow(file.parent_path(), Access::read);
    std::error_code error;
    const auto target = fs::canonical(file, error);
    if (!error) rules.allow(target.parent_path(), Access::read);
}

FileRules file_rules(int version, const Config& config, const Needs& needs,
                     const Environment& environment) {
    const auto socket_of_systemd = environment("NOTIFY_SOCKET");
    FileRules rules(version,
                    {.listen_port = config.server.port,
                     .abstract_sockets = socket_of_systemd && socket_of_systemd->starts_with('@'),
                     // a server that does a worker's part ends what a worker has left (dir_lock)
                     .signals = needs.shares_data_dir});
    // Libraries are loaded late (name look-ups, OpenSSL's providers); in /etc files such as
    // resolv.conf and certificates are replaced while we run; of the kernel's there are our own
    // statistics, and the speed of interfaces.
    for (const char* const folder :
         {"/usr", "/lib", "/lib64", "/etc", "/proc", "/sys/class/net", "/sys/devices",
          "/run/systemd", "/run/resolvconf", "/run/NetworkManager"}) {
        rules.allow(folder, Access::read);
    }
    for (const char* const device : {"/dev/random", "/dev/urandom"})
        rules.allow(device, Access::read);
    for (const char* const device : {"/dev/null", "/dev/zero", "/dev/full"})
        rules.allow(device, Access::use);
    constexpr int most_clocks = 32;  // of network cards: as many as a large machine has
    for (int number = 0; number < most_clocks; ++number)
        rules.allow(text("/dev/ptp", number), Access::read);
    if (is_sanitized) rules.allow("/proc/self/exe", Access::read);  // to say where in it
    rules.allow(config.server.data_dir, Access::write);
    for (const NeededFile& folder : needs.folders)
        rules.allow(folder.path, Access::write);
    for (const NeededFile& file : needs.files)
        allow_file(rules, file.path);
    if (needs.runs_programs) {
        // nobody knows what they read; what they keep is there
        rules.allow("/", Access::read_and_run);
        for (const char* const folder : {"/tmp", "/var/tmp", "/dev/shm"})
            rules.allow(folder, Access::write);
        rules.allow("/dev/tty", Access::use);
        if (const auto home = environment("HOME"); home && home->starts_with('/')) {
            rules.allow(fs::path(*home) / ".aws", Access::write);
        }
    }
    return rules;
}

void refuse_new_privileges() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) {
        throw Failure::from_errno("PR_SET_NO_NEW_PRIVS", errno);
    }
}

}  // namespace

void confine(const Config& config, const std::optional<sink::S3Options>& s3,
             const Environment& environment) {
    const bool is_root = ::geteuid() == 0;
    const fs::path& data_dir = config.server.data_dir;
    DataDir::make(data_dir);
    const Needs needs = needs_of(config, s3);
    std::optional<ServerUser> user;
    if (is_root) {
        allow_priority();
        user = user_to_become(config, needs);
        if (!user) take_back(data_dir);
    } else if (const auto& asked = config.server.user; !asked.empty()) {
        if (base::value_or_throw(choose_user(asked, data_dir)).uid != ::geteuid()) {
            throw Failure(Errc::config,
                          text("server.user: only root can become ", base::quoted(asked)));
        }
    }
    // while everything can still be seen
    const int version = config.server.confined ? FileRules::version() : 0;
    std::optional<FileRules> rules;
    if (version != 0) rules = file_rules(version, config, needs, environment);

    Capabilities kept = capability(CAP_NET_RAW);
    const auto port = config.server.port;
    if (port != 0 && port < first_free_port()) kept |= capability(CAP_NET_BIND_SERVICE);
    separate_from_user();
    if (user) become(*user);
    keep_only(kept);
    refuse_new_privileges();
    if (rules) rules->enforce();
    const bool is_filtered =
        config.server.confined &&
        enforce_syscall_filter(
            syscall_filter({.runs_programs = needs.runs_programs, .is_debugged = is_sanitized}));
    if (config.server.confined && (version == 0 || !is_filtered)) {
        base::log::warning("server.not_confined",
                           {{"landlock", version == 0 ? "this kernel has none" : "on"},
                            {"seccomp", is_filtered ? "on" : "this kernel has none"}});
    }
    base::log::info("server.confined",
                    {{"uid", ::geteuid()},
                     {"user", user ? user->why : std::string(is_root ? "root" : "who started it")},
                     {"capabilities", names_of(permitted_capabilities())},
                     {"landlock", version},
                     {"seccomp", is_filtered ? 1 : 0}});
}

}  // namespace xpc::daemon
