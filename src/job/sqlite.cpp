#include "job/sqlite.hpp"

#include <utility>

#include <sqlite3.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace xpc::job {

using base::Errc;
using base::Failure;

namespace {

/// `lifetime`: whether SQLite makes a copy.
int bind_text(sqlite3_stmt* statement, int at, std::string_view value,
              sqlite3_destructor_type lifetime) noexcept {
    // a null pointer would bind NULL, and an empty view may have one
    const char* begin = value.data() == nullptr ? "" : value.data();
    return sqlite3_bind_text64(statement, at, begin, value.size(), lifetime, SQLITE_UTF8);
}

}  // namespace

Database::Database(std::filesystem::path path, Mode mode) : path_(std::move(path)) {
    const int access =
        mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code =
        sqlite3_open_v2(path_.c_str(), &handle_, access | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code != SQLITE_OK) {
        const std::string cause = sqlite3_errstr(code);
        sqlite3_close_v2(std::exchange(handle_, nullptr));
        throw Failure(Errc::database, base::text("job store ", path_.native(), ": ", cause));
    }
    sqlite3_extended_result_codes(handle_, 1);
    // `work --once` of the same data_dir may hold the write lock for a moment
    sqlite3_busy_timeout(handle_, 5000);
    // What a SAVEPOINT may have to undo is written aside when it is much, and so is what is sorted:
    // the server is confined to its own files, and could open none of those in /tmp.
    sqlite3_exec(handle_, "PRAGMA temp_store = MEMORY", nullptr, nullptr, nullptr);
}

Database::~Database() {
    for (const auto& [sql, statement] : statements_)
        sqlite3_finalize(statement);
    sqlite3_close_v2(handle_);
}

void Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

Statement Database::prepare(std::string_view sql) {
    auto known = statements_.find(sql);
    if (known != statements_.end() && known->second != nullptr) {
        return {*this, std::exchange(known->second, nullptr), known->second};
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) fail(code);
    if (known == statements_.end()) known = statements_.emplace(sql, nullptr).first;
    return {*this, statement, known->second};
}

void Database::put_back(sqlite3_stmt* statement, sqlite3_stmt*& place) noexcept {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (place == nullptr) {
        place = statement;
    } else {
        sqlite3_finalize(statement);
    }
}

int Database::changes() const noexcept {
    return sqlite3_changes(handle_);
}

void Database::fail(int code) const {
    const Errc errc = (code & 0xFF) == SQLITE_FULL ? Errc::disk_full : Errc::database;
    throw Failure(errc, base::text("job store ", path_.native(), ": ", sqlite3_errmsg(handle_)));
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      handle_(std::exchange(other.handle_, nullptr)),
      place_(other.place_),
      bound_(other.bound_) {}

Statement::~Statement() {
    if (handle_ != nullptr) Database::put_back(handle_, *place_);
}

Statement& Statement::bind(std::int64_t value) {
    if (const int code = sqlite3_bind_int64(handle_, ++bound_, value); code != SQLITE_OK) {
        database_->fail(code);
    }
    return *this;
}

Statement& Statement::bind(std::string_view value) {
    const int code = bind_text(handle_, ++bound_, value, SQLITE_TRANSIENT);
    if (code != SQLITE_OK) database_->fail(code);
    return *this;
}

Statement& Statement::bind_borrowed(std::string_view value) {
    const int code = bind_text(handle_, ++bound_, value, SQLITE_STATIC);
    if (code != SQLITE_OK) database_->fail(code);
    return *this;
}

Statement& Statement::bind(std::nullopt_t /*null*/) {
    if (const int code = sqlite3_bind_null(handle_, ++bound_); code != SQLITE_OK) {
        database_->fail(code);
    }
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) database_->fail(code);
    return code == SQLITE_ROW;
}

void Statement::run() {
    while (step()) {
    }
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_, column);
}

std::string Statement::text(int column) const {
    const auto* at = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    const auto length = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
    return at == nullptr ? std::string() : std::string(at, length);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

}  // namespace xpc::job
