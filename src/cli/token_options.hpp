#pragma once

#include "base/error.hpp"
#include "cli/command_line.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace xpc::cli {

/// `token create`, `token list` and `token revoke`, as they are filled by the command line.
class TokenOptions {
public:
    /// Adds the commands to a program. Lifetime: stays in place until that has been parsed.
    explicit TokenOptions(CLI::App& program);
    ~TokenOptions() = default;
    TokenOptions(const TokenOptions&) = delete;
    TokenOptions& operator=(const TokenOptions&) = delete;
    TokenOptions(TokenOptions&&) = delete;
    TokenOptions& operator=(TokenOptions&&) = delete;

    /// Whether the command line had one of them.
    [[nodiscard]] bool parsed() const;

    /// The one that it had. Errors: usage.
    [[nodiscard]] base::Result<Invocation> chosen(const Environment& environment);

private:
    void add_place(CLI::App& command);
    [[nodiscard]] base::Result<TokenPlace> place(const Environment& environment);

    CLI::App* create_command_ = nullptr;
    CLI::App* list_command_ = nullptr;
    CLI::App* revoke_command_ = nullptr;
    CreateToken create_;
    ListTokens list_;
    RevokeToken revoke_;
    TokenPlace place_;
    ServerChoice choice_;
};

}  // namespace xpc::cli
