#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "job/sqlite.hpp"

namespace xpc::job {

/// Makes the tables of schema.sql, or brings those of an older version to it; all of it or nothing.
/// Errors: Failure(database) for a store of a newer version, with its `path`.
void set_up_schema(Database& database, const std::filesystem::path& path);

/// The first column of the first row; 0 where there is none.
[[nodiscard]] std::int64_t single_integer(Database& database, std::string_view sql);

}  // namespace xpc::job
