#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace xpc::job {

class Statement;

/// A connection to an SQLite database. Every failure is a Failure(database or disk_full) that names
/// the file and SQLite's own message.
/// Threads: one at a time.
class Database {
public:
    enum class Mode { read_write, read_only };

    Database(std::filesystem::path path, Mode mode);
    ~Database();
    Database(Database&&) = delete;
    Database& operator=(Database&&) = delete;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// One or more statements without results.
    void execute(const std::string& sql);

    /// Parameters are bound in their order: never put into the text. Each text is compiled once; so
    /// there are only as many as the program has.
    [[nodiscard]] Statement prepare(std::string_view sql);

    /// Rows that the last INSERT, UPDATE or DELETE changed.
    [[nodiscard]] int changes() const noexcept;

private:
    friend class Statement;

    [[noreturn]] void fail(int code) const;
    static void put_back(sqlite3_stmt* statement, sqlite3_stmt*& place) noexcept;

    std::filesystem::path path_;
    sqlite3* handle_ = nullptr;
    /// Compiled, by their text; null while somebody has one.
    std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

/// Lifetime: its database outlives it.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view value);
    Statement& bind(std::nullopt_t null);

    /// The same without a copy: it is there until this statement goes.
    Statement& bind_borrowed(std::string_view value);

    template <typename T>
    Statement& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bind(std::nullopt);
    }

    /// True while there is a row.
    [[nodiscard]] bool step();

    /// For statements without rows.
    void run();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    friend class Database;

    Statement(Database& database, sqlite3_stmt* handle, sqlite3_stmt*& place) noexcept
        : database_(&database), handle_(handle), place_(&place) {}

    Database* database_;
    sqlite3_stmt* handle_;
    sqlite3_stmt** place_;  ///< in the database, for when this one goes
    int bound_ = 0;
};

}  // namespace xpc::job
