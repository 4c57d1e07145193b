#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace xpc::base {

/// All of it, to a file.
/// Errors: Failure(disk_full, io, …) that begins with `what`.
void write_all(Fd file, std::string_view content, const std::string& what);

}  // namespace xpc::base
