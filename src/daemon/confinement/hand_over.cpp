#include "daemon/confinement/hand_over.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace xpc::daemon {
namespace {

namespace fs = std::filesystem;
using base::Failure;

// By these names a folder is known as a data_dir (docs/operations.md, "Files").
constexpr auto signs = std::to_array<std::string_view>({"lock", "worker.lock", "jobs.db"});

/// What other programs have put into a data_dir is not touched.
bool is_made_by_servers(std::string_view name) {
    constexpr auto beginnings = std::to_array<std::string_view>(
        {"lock", "jobs.db", "worker.", "audit.log", "tokens", "spool", "transcripts", "objects"});
    return std::ranges::any_of(
        beginnings, [name](std::string_view beginning) { return name.starts_with(beginning); });
}

struct Owner {
    uid_t user;
    gid_t group;
};

/// A folder that is held open: whoever may write below it can put a link in its place meanwhile,
/// and have us give away what that leads to.
class Folder {
public:
    /// Errors: Failure.
    static Folder open(const fs::path& path) {
        return {AT_FDCWD, path.c_str(), O_DIRECTORY, path.native()};
    }

    [[nodiscard]] Folder open_below(const std::string& name) const {
        return {fd_.raw(), name.c_str(), O_DIRECTORY | O_NOFOLLOW, base::text(what_, '/', name)};
    }

    [[nodiscard]] struct stat status_of(const std::string& name) const {
        struct stat status{};
        if (::fstatat(fd_.raw(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) fail(name);
        return status;
    }

    void give(Owner to) const {
        if (::fchown(fd_.raw(), to.user, to.group) != 0) fail(".");
    }

    void give(const std::string& name, Owner to) const {
        if (::fchownat(fd_.raw(), name.c_str(), to.user, to.group, AT_SYMLINK_NOFOLLOW) != 0) {
            fail(name);
        }
    }

    void for_each(const std::function<void(const std::string&)>& look) const {
        // this very folder, whatever its path leads to now
        const fs::path self = base::text("/proc/self/fd/", fd_.raw());
        std::error_code error;
        for (auto it = fs::directory_iterator(self, error);
             !error && it != fs::directory_iterator(); it.increment(error)) {
            look(it->path().filename());
        }
        if (error) throw Failure::from_errno(what_, error.value());
    }

private:
    Folder(int at, const char* name, int flags, std::string what)
        : fd_(base::UniqueFd::adopt(::openat(at, name, O_RDONLY | O_CLOEXEC | flags))),
          what_(std::move(what)) {
        if (!fd_.valid()) throw Failure::from_errno(what_, errno);
    }

    [[noreturn]] void fail(const std::string& name) const {
        throw Failure::from_errno(base::text("giving ", what_, '/', name, " to the server's user"),
                                  errno);
    }

    base::UniqueFd fd_;
    std::string what_;
};

void give_below(const Folder& folder, Owner to);

void give_entry(const Folder& folder, const std::string& name, Owner to) {
    const auto status = folder.status_of(name);
    const bool was_another = status.st_uid != to.user;
    if (was_another) folder.give(name, to);
    // objects are many: where their folder was given before, so were they
    const bool is_done = name == "objects" && !was_another;
    if (S_ISDIR(status.st_mode) && !is_done) give_below(folder.open_below(name), to);
}

void give_below(const Folder& folder, Owner to) {
    folder.for_each([&](const std::string& name) { give_entry(folder, name, to); });
}

}  // namespace

bool is_only_ours(const fs::path& data_dir, uid_t user) {
    struct stat status{};
    if (::stat(data_dir.c_str(), &status) != 0) return false;
    if (status.st_uid == user) return true;
    if ((status.st_mode & S_IWOTH) != 0) return false;  // as /tmp: everybody's, whatever is in it
    bool has_sign = false;
    bool is_empty = true;
    Folder::open(data_dir).for_each([&](const std::string& name) {
        has_sign = has_sign || std::ranges::find(signs, name) != signs.end();
        is_empty = is_empty && name == "lost+found";  // of a file system of its own
    });
    return has_sign || is_empty;
}

void hand_over(const fs::path& data_dir, uid_t user, gid_t group) {
    const Owner to{.user = user, .group = group};
    const Folder top = Folder::open(data_dir);
    top.give(to);
    top.for_each([&](const std::string& name) {
        if (is_made_by_servers(name)) give_entry(top, name, to);
    });
}

}  // namespace xpc::daemon
