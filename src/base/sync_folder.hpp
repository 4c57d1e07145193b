#pragma once

#include <filesystem>

namespace xpc::base {

/// What was created, removed or renamed in the folder outlives a power loss from here on.
/// Errors: Failure(io, …) that names the folder.
void sync_folder(const std::filesystem::path& folder);

}  // namespace xpc::base
