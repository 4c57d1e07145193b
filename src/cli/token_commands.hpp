#pragma once

#include <functional>
#include <string>

#include "base/json.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace xpc::cli {

/// What can be done with tokens, wherever they are; in the shapes of /api/v1/tokens.
/// Errors: Failure.
struct Tokens {
    std::string where;  ///< for people
    std::function<base::Json(const base::Json& wanted)> create;
    std::function<base::Json()> list;
    std::function<void(const std::string& id)> revoke;
};

/// Those of the server of that place, asked over its API.
[[nodiscard]] Tokens tokens_of_server(const TokenPlace& place);

// As the commands of commands.hpp.
int run(const CreateToken& create, const Tokens& tokens, const Surroundings& surroundings);
int run(const ListTokens& list, const Tokens& tokens, const Surroundings& surroundings);
int run(const RevokeToken& revoke, const Tokens& tokens, const Surroundings& surroundings);

}  // namespace xpc::cli
