#pragma once

#include <cstdint>
#include <filesystem>

#include "base/unique_fd.hpp"

namespace xpc::daemon {

/// What may be done with the files below some folders; with all others nothing, from enforce() on.
/// Source: Linux, Documentation/userspace-api/landlock.rst
class FileRules {
public:
    enum class Access { read, read_and_run, write, use };  ///< use: read and write, make nothing

    /// The version that this kernel has; 0: none that is of use (2 is the first that lets a file
    /// be linked into another folder, which delivery does).
    [[nodiscard]] static int version() noexcept;

    /// Of later versions: what can be reached beside files.
    struct Reach {
        std::uint16_t listen_port = 0;  ///< the only one that can be listened on
        bool abstract_sockets = false;  ///< those of other processes
        bool signals = false;           ///< to other processes than those that it has started
    };

    /// Errors: Failure. `version` is that of version(), and not 0.
    FileRules(int version, const Reach& reach);

    /// A folder with all below it, or one file. What does not exist is passed over: it can not be
    /// reached later either, but by a folder that is allowed.
    void allow(const std::filesystem::path& path, Access access);

    /// Needs no_new_privs. Threads: this one, and those that it starts.
    void enforce() const;

private:
    int version_;
    base::UniqueFd rules_;
};

}  // namespace xpc::daemon
