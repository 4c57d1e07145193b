#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>

#include "base/unique_fd.hpp"

namespace xpc::daemon {

enum class Inherited {
    no,
    /// By the processes that its holder starts. One that outlives a holder that was killed goes on
    /// holding it: what it does is done before the next holder begins.
    yes
};

/// A file that one process holds at a time, and that has its number in it.
/// Returns:  what holds it until it is closed.
/// Errors:   Failure(in_use) with the process that holds it, another `who`; permission, io.
/// Blocking: only while processes of a holder that is gone have it; they are ended after
/// `patience`.
[[nodiscard]] base::UniqueFd take_dir_lock(const std::filesystem::path& path, std::string_view who,
                                           Inherited inherited, std::chrono::milliseconds patience);

}  // namespace xpc::daemon
