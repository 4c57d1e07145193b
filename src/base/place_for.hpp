#pragma once

#include <filesystem>

namespace xpc::base {

/// The nearest folder that is there: `path` itself, or the one that it would be made in.
/// Errors: Failure(permission, …) where nothing can be made in it.
[[nodiscard]] std::filesystem::path place_for(std::filesystem::path path);

}  // namespace xpc::base
