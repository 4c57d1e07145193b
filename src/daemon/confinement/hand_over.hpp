#pragma once

#include <filesystem>

#include <sys/types.h>

namespace xpc::daemon {

/// Whether a data_dir, which exists, is for nothing but us, so that all of it may be given to the
/// server's user: it is theirs already, is empty, or a server has been there. One that was
/// pointed at /home by mistake is not, and neither is one that everybody may write to, as /tmp.
[[nodiscard]] bool is_only_ours(const std::filesystem::path& data_dir, uid_t user);

/// Makes a data_dir and what a server has made there that user's. Follows no link.
/// Errors: Failure. Blocking: a look at each file of the spool; at each object, only where the
/// objects were another user's.
void hand_over(const std::filesystem::path& data_dir, uid_t user, gid_t group);

}  // namespace xpc::daemon
