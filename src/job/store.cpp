#include "job/store.hpp"

#include <cassert>
#include <exception>

#include "base/text.hpp"
#include "job/ids.hpp"
#include "job/records.hpp"
#include "schema.hpp"

namespace xpc::job {
namespace {

using base::text;

constexpr int schema_version = 1;

// As many as one commit may take; more callers than that wait for the next.
constexpr std::size_t most_changes = 1024;

std::int64_t single_integer(Database& database, std::string_view sql) {
    Statement statement = database.prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

void set_up_schema(Database& database, const std::filesystem::path& path) {
    // FULL: a commit is on the disk when it returns, also in WAL mode (sqlite.org/pragma.html)
    database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    const auto version = single_integer(database, "PRAGMA user_version");
    if (version > schema_version) {
        throw base::Failure(base::Errc::database,
                            text("job store ", path.native(), ": has version ", version,
                                 ", and this program knows only ", schema_version,
                                 ": it was written by a newer xepacketcap"));
    }
    if (version == 0) {
        database.execute(
            text("BEGIN;", schema, "PRAGMA user_version = ", schema_version, "; COMMIT;"));
    }
}

std::int64_t unused_number(Database& database) {
    constexpr int most_tries = 64;
    for (int i = 0; i < most_tries; ++i) {
        const auto number = random_number();
        Statement same = database.prepare("SELECT 1 FROM jobs WHERE number = ?");
        if (!same.bind(number).step()) return number;
    }
    // nearly all numbers are taken: the first gap
    const auto number =
        single_integer(database,
                       "SELECT min(n) FROM (SELECT 100000 AS n UNION SELECT number + 1 FROM jobs) "
                       "WHERE n <= 999999 AND n NOT IN (SELECT number FROM jobs)");
    if (number < smallest_number) {
        throw base::Failure(base::Errc::too_many,
                            "job store: all 900,000 job numbers are in use: delete some jobs");
    }
    return number;
}

/// "<epoch milliseconds>.pcap", the next free one (the original API's names).
std::string unused_key(Database& database, const std::string& bucket, base::WallTime now) {
    auto milliseconds =
        std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
    for (;; ++milliseconds) {
        std::string key = text(milliseconds, ".pcap");
        Statement same = database.prepare(
            "SELECT 1 FROM jobs WHERE store IN ('embedded', 's3') AND object_bucket = ? "
            "AND object_key = ?");
        if (!same.bind(bucket).bind(key).step()) return key;
    }
}

std::optional<std::int64_t> as_number(std::string_view id_or_number) {
    if (is_uuid(id_or_number)) return std::nullopt;
    const auto number = base::parse_decimal<std::uint32_t>(id_or_number);
    return number ? std::optional(std::int64_t{*number}) : std::nullopt;
}

}  // namespace

Store::Store(const std::filesystem::path& path)
    : changes_(most_changes),
      writing_(std::make_unique<Database>(path, Database::Mode::read_write)) {
    set_up_schema(*writing_, path);
    reader_.with([&path](auto& reader) {
        reader = std::make_unique<Database>(path, Database::Mode::read_only);
    });
    writer_ = std::jthread([this] { commit_changes(); });
}

Store::~Store() {
    changes_.close();
}

base::Result<Job> Store::insert(Job job, std::size_t most_queued) {
    bool full = false;
    write([&](Database& database) {
        const auto queued = single_integer(
            database, "SELECT count(*) FROM jobs WHERE delivery = 'none' AND state = 'queued'");
        full = static_cast<std::size_t>(queued) >= most_queued;
        if (full) return;
        job.created_at = base::wall_now();
        job.id = make_uuid(job.created_at);
        job.number = unused_number(database);
        job.destination.key = unused_key(database, job.destination.bucket, job.created_at);
        job.url += job.destination.key;
        job.position = {};
        insert_job(database, job);
    });
    if (full) {
        return base::refuse(base::Errc::too_many,
                            text("there are ", most_queued, " jobs waiting already"));
    }
    return job;
}

bool Store::update(const Job& job, Position from) {
    assert(from == job.position || may_follow(from, job.position));
    bool updated = false;
    write([&](Database& database) { updated = update_job(database, job, from); });
    return updated;
}

bool Store::remove(const std::string& id) {
    bool removed = false;
    write([&](Database& database) {
        database.prepare("DELETE FROM jobs WHERE id = ? AND delivery IN ('delivered', 'failed')")
            .bind(id)
            .run();
        removed = database.changes() == 1;
    });
    return removed;
}

std::optional<Job> Store::find(std::string_view id_or_number) {
    const auto number = as_number(id_or_number);
    if (!number && !is_uuid(id_or_number)) return std::nullopt;
    auto found = select(number ? "WHERE number = ?" : "WHERE id = ?", [&](Statement& statement) {
        if (number) {
            statement.bind(*number);
        } else {
            statement.bind(id_or_number);
        }
    });
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<Job> Store::list(const ListQuery& query) {
    std::string rest = "WHERE 1";
    if (query.state) rest += " AND state = ?";
    if (query.delivery) rest += " AND delivery = ?";
    if (!query.before.empty()) {
        rest += " AND sequence < (SELECT sequence FROM jobs WHERE id = ?)";
    }
    rest += " ORDER BY sequence DESC LIMIT ?";
    return select(rest, [&query](Statement& statement) {
        if (query.state) statement.bind(word(*query.state));
        if (query.delivery) statement.bind(word(*query.delivery));
        if (!query.before.empty()) statement.bind(query.before);
        statement.bind(static_cast<std::int64_t>(query.limit));
    });
}

std::vector<Job> Store::queued(std::size_t limit) {
    return select(
        "WHERE delivery = 'none' AND state = 'queued' ORDER BY sequence LIMIT ?",
        [limit](Statement& statement) { statement.bind(static_cast<std::int64_t>(limit)); });
}

std::vector<Job> Store::unfinished() {
    return select(
        "WHERE delivery = 'uploading' OR (delivery = 'none' AND state <> 'queued') "
        "ORDER BY sequence",
        [](Statement& /*no parameters*/) {});
}

std::vector<Job> Store::select(std::string_view rest, const std::function<void(Statement&)>& bind) {
    const std::string sql = text("SELECT ", job_columns, " FROM jobs ", rest);
    // The lock is held while SQLite reads: a connection serves one thread at a time.
    return reader_.with([&](auto& reader) {
        std::vector<Job> jobs;
        Statement statement = reader->prepare(sql);
        bind(statement);
        while (statement.step())
            jobs.push_back(read_job(statement));
        return jobs;
    });
}

void Store::write(std::function<void(Database&)> make) {
    Change change{.make = std::move(make), .committed = {}};
    auto committed = change.committed.get_future();
    if (!changes_.try_push(change)) {
        throw base::Failure(base::Errc::too_many, "job store: too many changes wait for the disk");
    }
    committed.get();
}

void Store::commit_changes() {
    while (auto first = changes_.pop(base::never)) {
        std::vector<Change> batch;
        batch.push_back(std::move(*first));
        while (auto next = changes_.pop(base::Deadline()))
            batch.push_back(std::move(*next));
        commit_batch(batch);
    }
}

void Store::commit_batch(std::vector<Change>& batch) {
    std::vector<std::exception_ptr> outcomes(batch.size());
    try {
        writing_->execute("BEGIN IMMEDIATE");
        for (std::size_t i = 0; i < batch.size(); ++i) {
            writing_->execute("SAVEPOINT change");
            try {
                batch[i].make(*writing_);
            } catch (const base::Failure&) {  // this change only; the caller gets it
                outcomes[i] = std::current_exception();
                writing_->execute("ROLLBACK TO change");
            }
            writing_->execute("RELEASE change");
        }
        writing_->execute("COMMIT");
    } catch (const base::Failure&) {  // no change of the batch is on the disk: all callers get it
        std::ranges::fill(outcomes, std::current_exception());
        try {
            writing_->execute("ROLLBACK");
            // NOLINTNEXTLINE(bugprone-empty-catch): SQLite rolled back already, as on a full disk
        } catch (const base::Failure&) {
        }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (outcomes[i]) {
            batch[i].committed.set_exception(outcomes[i]);
        } else {
            batch[i].committed.set_value();
        }
    }
}

}  // namespace xpc::job
