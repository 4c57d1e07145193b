#pragma once

#include <filesystem>
#include <string_view>

#include "base/unique_fd.hpp"

namespace xpc::sink {

/// `flags` of open(2), besides. Errors: Failure(io, …).
[[nodiscard]] base::UniqueFd open_to_read(const std::filesystem::path& path, int flags = 0);

/// The same past the page cache; invalid where the file system has no O_DIRECT.
[[nodiscard]] base::UniqueFd open_directly(const std::filesystem::path& path);

/// Of the file beside another one in the spool that notes what a store has open for it. Such a note
/// may outlive its job: only who has had the store forget that removes it (Sinks::discard()).
inline constexpr std::string_view upload_note_extension = ".upload";

/// Removes a file of the spool that nobody needs any more, if it is there. What fails is logged.
void remove_spool_file(const std::filesystem::path& path);

}  // namespace xpc::sink
