#pragma once

#include <filesystem>

namespace xpc::base {

/// Of the user that this process runs as, by the user database: passwd(5); empty where that does
/// not know them. What HOME says is not asked.
[[nodiscard]] std::filesystem::path home_folder();

}  // namespace xpc::base
