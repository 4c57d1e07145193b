#pragma once

#include "api/router.hpp"
#include "base/json.hpp"
#include "job/token_store.hpp"

namespace xpc::api {

/// /api/v1/tokens.
/// Lifetime: the store outlives the routes.
[[nodiscard]] std::vector<Route> token_routes(job::TokenStore& tokens);

/// What is asked for by the body of a request for a token, but for its id and the time.
/// Errors: missing_field, wrong_type, unknown_field, invalid_value.
[[nodiscard]] base::Result<job::Token> parse_token(const base::Json& body, base::WallTime now);

[[nodiscard]] base::Json to_json(const job::Token& token);

/// All of them.
[[nodiscard]] base::Json tokens_json(job::TokenStore& tokens);

/// not_found, for what is no id of one.
[[nodiscard]] base::Error no_such_token(const std::string& id);

/// With its text, which is shown this once.
[[nodiscard]] base::Json to_json(const job::TokenStore::Made& made);

}  // namespace xpc::api
