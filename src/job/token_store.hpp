#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.hpp"
#include "job/sqlite.hpp"
#include "job/token.hpp"

namespace xpc::job {

/// The tokens, in the file of the job store; also of a server that runs, which sees changes at the
/// next request. Of the text of a token only the SHA-256 of its secret part is kept.
/// Shape:   the text of a token is "xpc_ID_SECRET": 12 hex digits, and 256 random bits in 43
///          characters of base64url.
/// Errors:  Failure(database, disk_full).
/// Threads: any.
class TokenStore {
public:
    /// Makes the tables where there are none.
    explicit TokenStore(const std::filesystem::path& path);

    struct Made {
        Token token;
        std::string text;  ///< which nobody can ask for again
    };

    /// Gives it an id, the time, and a text.
    [[nodiscard]] Made create(Token wanted);

    /// Whose text that is, also where it has expired.
    [[nodiscard]] std::optional<Token> find_by_text(std::string_view text);

    [[nodiscard]] std::optional<Token> find(std::string_view id);

    /// Oldest first.
    [[nodiscard]] std::vector<Token> list();

    /// False when there is none of that id.
    bool remove(std::string_view id);

    [[nodiscard]] bool is_empty();

    /// The same, without making or changing anything; true where there is no such file.
    [[nodiscard]] static bool is_empty(const std::filesystem::path& path);

private:
    base::Guarded<std::unique_ptr<Database>> database_;
};

}  // namespace xpc::job
