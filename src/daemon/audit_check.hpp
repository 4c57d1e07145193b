#pragma once

#include <filesystem>
#include <vector>

#include "base/finding.hpp"

namespace xpc::daemon {

/// The files of an audit log, oldest first: `FILE.N` that were set aside, and `FILE` itself.
[[nodiscard]] std::vector<std::filesystem::path> audit_files(const std::filesystem::path& file);

/// Whether each file's chain is whole, and goes on where the one before it ended. A finding for
/// each: how far it goes, or the first line that is wrong. After one that is wrong, none is read.
[[nodiscard]] std::vector<base::Finding> check_audit(
    const std::vector<std::filesystem::path>& files);

}  // namespace xpc::daemon
