#pragma once

#include <filesystem>

#include "base/unique_fd.hpp"

namespace xpc::sink {

/// `flags` of open(2), besides. Errors: Failure(io, …).
[[nodiscard]] base::UniqueFd open_to_read(const std::filesystem::path& path, int flags = 0);

/// The same past the page cache; invalid where the file system has no O_DIRECT.
[[nodiscard]] base::UniqueFd open_directly(const std::filesystem::path& path);

/// Removes a file of the spool that nobody needs any more, if it is there. What fails is logged.
void remove_spool_file(const std::filesystem::path& path);

}  // namespace xpc::sink
