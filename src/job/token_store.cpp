#include "job/token_store.hpp"

#include <array>
#include <utility>

#include "base/base64url.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "job/migration.hpp"
#include "job/token_json.hpp"

namespace xpc::job {
namespace {

using base::text;

constexpr std::string_view mark = "xpc_";  // for those who look for secrets in what others publish
constexpr std::size_t id_bytes = 6;
constexpr std::size_t secret_bytes = 32;

/// What is kept of a secret. One pass is enough: with 256 random bits nobody tries them all.
std::string kept(std::string_view secret) {
    return base::hex(base::sha256(secret));
}

std::string new_secret() {
    std::array<std::uint8_t, secret_bytes> bytes{};
    base::fill_random(bytes);
    return base::base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

constexpr std::string_view columns = "id, name, scopes, limits, created_at, expires_at, sha256";
constexpr int sha256_column = 6;

base::WallTime time_at(const Statement& row, int column) {
    return base::WallTime(std::chrono::nanoseconds(row.integer(column)));
}

Token read_token(const Statement& row) {
    Token token{.id = row.text(0),
                .name = row.text(1),
                .scopes = scopes_from_json(base::parse_json(row.text(2)).value_or(base::Json())),
                .limits = limits_from_json(base::parse_json(row.text(3)).value_or(base::Json())),
                .created_at = time_at(row, 4),
                .expires_at = {}};
    if (!row.is_null(5)) token.expires_at = time_at(row, 5);
    return token;
}

}  // namespace

TokenStore::TokenStore(const std::filesystem::path& path) {
    database_.with([&path](auto& database) {
        database = std::make_unique<Database>(path, Database::Mode::read_write);
        set_up_schema(*database, path);
    });
}

TokenStore::Made TokenStore::create(Token wanted) {
    wanted.id = base::random_hex(id_bytes);
    wanted.created_at = base::wall_now();
    const std::string secret = new_secret();
    std::optional<std::int64_t> expires_at;
    if (wanted.expires_at) expires_at = wanted.expires_at->time_since_epoch().count();
    database_.with([&](auto& database) {
        database
            ->prepare(
                "INSERT INTO tokens (id, name, sha256, scopes, limits, created_at, expires_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(wanted.id)
            .bind(wanted.name)
            .bind(kept(secret))
            .bind(scopes_json(wanted.scopes).dump())
            .bind(limits_json(wanted.limits).dump())
            .bind(std::int64_t{wanted.created_at.time_since_epoch().count()})
            .bind(expires_at)
            .run();
    });
    std::string shown = text(mark, wanted.id, "_", secret);
    return {.token = std::move(wanted), .text = std::move(shown)};
}

std::optional<Token> TokenStore::find_by_text(std::string_view text) {
    if (!text.starts_with(mark)) return std::nullopt;
    text.remove_prefix(mark.size());
    const auto end_of_id = text.find('_');
    if (end_of_id == std::string_view::npos) return std::nullopt;
    const std::string shown = kept(text.substr(end_of_id + 1));
    return database_.with([&](auto& database) -> std::optional<Token> {
        Statement row =
            database->prepare(base::text("SELECT ", columns, " FROM tokens WHERE id = ?"));
        row.bind(text.substr(0, end_of_id));
        const bool found = row.step() && base::equal_secrets(row.text(sha256_column), shown);
        return found ? std::optional(read_token(row)) : std::nullopt;
    });
}

std::optional<Token> TokenStore::find(std::string_view id) {
    return database_.with([&](auto& database) -> std::optional<Token> {
        Statement row = database->prepare(text("SELECT ", columns, " FROM tokens WHERE id = ?"));
        return row.bind(id).step() ? std::optional(read_token(row)) : std::nullopt;
    });
}

std::vector<Token> TokenStore::list() {
    return database_.with([](auto& database) {
        std::vector<Token> tokens;
        Statement row =
            database->prepare(text("SELECT ", columns, " FROM tokens ORDER BY created_at, id"));
        while (row.step())
            tokens.push_back(read_token(row));
        return tokens;
    });
}

bool TokenStore::remove(std::string_view id) {
    return database_.with([id](auto& database) {
        database->prepare("DELETE FROM tokens WHERE id = ?").bind(id).run();
        return database->changes() == 1;
    });
}

bool TokenStore::is_empty(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) return true;
    Database database(path, Database::Mode::read_only);
    const bool has_table =
        single_integer(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'tokens'") == 1;
    return !has_table || single_integer(database, "SELECT count(*) FROM tokens") == 0;
}

bool TokenStore::is_empty() {
    return database_.with([](auto& database) {
        return single_integer(*database, "SELECT count(*) FROM tokens") == 0;
    });
}

}  // namespace xpc::job
