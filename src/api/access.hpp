#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "job/token.hpp"

namespace xpc::api {

/// Whom a route answers.
enum class Access {
    open,       ///< everybody
    jobs_read,  ///< who has that scope, as the next three
    jobs_write,
    files_read,
    admin,
    original_read,  ///< the original API: also those without a token whom [legacy] lets in
    original_write
};

struct AccessRow {
    std::string_view method;
    std::string_view path;  ///< the route's pattern
    Access access;
};

/// Of every route.
[[nodiscard]] std::span<const AccessRow> access_table() noexcept;

/// Of the route with that pattern. Nothing for one that is not in the table, which the router then
/// does not take: a new route needs a row.
[[nodiscard]] std::optional<Access> access_of(std::string_view method,
                                              std::string_view path) noexcept;

/// What a token needs for it; nothing where none is needed.
[[nodiscard]] std::optional<job::Scope> scope_of(Access access) noexcept;

[[nodiscard]] bool is_original(Access access) noexcept;

}  // namespace xpc::api
