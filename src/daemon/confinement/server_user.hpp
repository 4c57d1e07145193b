#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "daemon/confinement/needs.hpp"

namespace xpc::daemon {

/// An unprivileged user for the server to be.
struct ServerUser {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;  ///< of the account; empty: the number has none
    std::string why;   ///< it is this one: "server.user", …
};

/// The user to become where root starts us: `asked` (server.user), the account `xepacketcap`, the
/// owner of an existing data_dir, or else a number that nobody has.
/// Errors: config, where there is no account `asked`.
[[nodiscard]] base::Result<ServerUser> choose_user(const std::string& asked,
                                                   const std::filesystem::path& data_dir);

/// What that user could not do that the server has to: "/root/key.pem (s3.ca_file): Permission
/// denied"; nothing where there is none. `data_dir` exists; it will be theirs if `is_given`.
/// Blocking: as long as some look-ups of files take. Errors: Failure.
[[nodiscard]] std::optional<std::string> obstacle_for(const ServerUser& user,
                                                      const std::filesystem::path& data_dir,
                                                      bool is_given, const Needs& needs);

/// With the groups of the account, and no others; keeps the permitted capabilities where
/// separate_from_user() was called. Errors: Failure. Threads: before any other is started.
void become(const ServerUser& user);

}  // namespace xpc::daemon
