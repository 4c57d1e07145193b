#include "job/store.hpp"

#include <algorithm>
#include <cassert>
#include <deque>
#include <exception>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "base/wait_for_call.hpp"
#include "job/events.hpp"
#include "job/ids.hpp"
#include "job/migration.hpp"
#include "job/records.hpp"

namespace xpc::job {
namespace {

using base::text;

// As many as may wait for a commit: new jobs, of which there is one a connection at most, and what
// threads wait for.
constexpr std::size_t most_changes = Store::most_insertions + 1024;

std::optional<std::int64_t> as_number(std::string_view id_or_number) {
    if (is_uuid(id_or_number)) return std::nullopt;
    const auto number = base::parse_decimal<std::uint32_t>(id_or_number);
    return number ? std::optional(std::int64_t{*number}) : std::nullopt;
}

}  // namespace

Store::Store(const std::filesystem::path& path, Events* events)
    : events_(events),
      changes_(most_changes),
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

bool Store::update(const Job& job, Position from, Sync sync) {
    assert(from == job.position || may_follow(from, job.position));
    const bool changed =
        change([&](Database& database) { return update_job(database, job, from); }, sync);
    if (changed) announce(job);
    return changed;
}

void Store::announce(const Job& job) {
    if (events_ != nullptr) events_->changed(job);
}

bool Store::remove(const std::string& id) {
    const bool removed = change([&id](Database& database) {
        database.prepare("DELETE FROM jobs WHERE id = ? AND delivery IN ('delivered', 'failed')")
            .bind(id)
            .run();
        return database.changes() == 1;
    });
    if (removed && events_ != nullptr) events_->removed(id);
    return removed;
}

void Store::note_on_device(const DeviceCapture& capture) {
    change([&](Database& database) {
        database
            .prepare("INSERT OR REPLACE INTO device_captures (device, name, job) VALUES (?, ?, ?)")
            .bind(capture.device)
            .bind(capture.name)
            .bind(capture.job_id)
            .run();
        return true;
    });
}

void Store::forget_on_device(const std::string& device, const std::string& name) {
    change([&](Database& database) {
        database.prepare("DELETE FROM device_captures WHERE device = ? AND name = ?")
            .bind(device)
            .bind(name)
            .run();
        return true;
    });
}

std::vector<DeviceCapture> Store::on_device(const std::string& device) {
    return reader_.with([&](auto& reader) {
        std::vector<DeviceCapture> captures;
        Statement statement =
            reader->prepare("SELECT name, job FROM device_captures WHERE device = ? ORDER BY name");
        statement.bind(device);
        while (statement.step()) {
            captures.push_back(
                {.device = device, .name = statement.text(0), .job_id = statement.text(1)});
        }
        return captures;
    });
}

std::vector<std::int64_t> Store::open_numbers(const std::string& device) {
    return reader_.with([&](auto& reader) {
        std::vector<std::int64_t> numbers;
        Statement statement = reader->prepare(
            "SELECT number FROM jobs WHERE delivery IN ('none', 'uploading') AND device = ?");
        statement.bind(device);
        while (statement.step())
            numbers.push_back(statement.integer(0));
        return numbers;
    });
}

bool Store::has_captures(const std::string& device) {
    return reader_.with([&](auto& reader) {
        Statement statement = reader->prepare(
            "SELECT 1 FROM jobs WHERE delivery = 'none' AND state <> 'stopped' AND device = ? "
            "LIMIT 1");
        return statement.bind(device).step();
    });
}

bool Store::has_changed() {
    return reader_.with([this](auto& reader) {
        // sqlite.org/pragma.html#pragma_data_version: of this connection, which never writes
        const auto version = single_integer(*reader, "PRAGMA data_version");
        return std::exchange(last_version_, version) != version;
    });
}

void Store::put_segment(const std::string& job_id, const Segment& segment) {
    assert(segment.number > 0);
    change([&](Database& database) {
        job::put_segment(database, job_id, segment);
        return true;
    });
    if (events_ != nullptr) events_->changed(job_id);
}

bool Store::remove_segment(const std::string& job_id, std::uint32_t number) {
    const bool removed =
        change([&](Database& database) { return job::remove_segment(database, job_id, number); });
    if (removed && events_ != nullptr) events_->changed(job_id);
    return removed;
}

std::optional<Job> Store::find(std::string_view id_or_number) {
    const auto number = as_number(id_or_number);
    if (!number && !is_uuid(id_or_number)) return std::nullopt;
    auto found = select(number ? " WHERE number = ?" : " WHERE id = ?", [&](Statement& statement) {
        if (number) {
            statement.bind(*number);
        } else {
            statement.bind(id_or_number);
        }
    });
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::optional<std::int64_t> Store::sequence_of(const std::string& id) {
    return reader_.with([&id](auto& reader) -> std::optional<std::int64_t> {
        Statement statement = reader->prepare("SELECT sequence FROM jobs WHERE id = ?");
        if (!statement.bind(id).step()) return std::nullopt;
        return statement.integer(0);
    });
}

std::vector<Job> Store::list(const ListQuery& query) {
    const Selection wanted = selection_of(query);
    auto jobs = select(wanted.sql, [&wanted](Statement& statement) {
        for (const auto& value : wanted.values)
            std::visit([&statement](const auto& one) { statement.bind(one); }, value);
    });
    std::ranges::reverse(jobs);
    return jobs;
}

std::vector<PositionCount> Store::count_by_position() {
    return reader_.with([](auto& reader) {
        std::vector<PositionCount> counts;
        // read from the index jobs_by_position alone
        Statement statement =
            reader->prepare("SELECT state, delivery, count(*) FROM jobs GROUP BY delivery, state");
        while (statement.step()) {
            const auto state = state_from(statement.text(0));
            const auto delivery = delivery_from(statement.text(1));
            if (!state || !delivery) continue;
            counts.push_back({.position = {.state = *state, .delivery = *delivery},
                              .jobs = static_cast<std::uint64_t>(statement.integer(2))});
        }
        return counts;
    });
}

std::vector<Job> Store::queued(std::size_t limit, const std::vector<std::string>& but_of) {
    return select(
        " WHERE delivery = 'none' AND state = 'queued' AND device NOT IN (SELECT value FROM "
        "json_each(?)) ORDER BY sequence LIMIT ?",
        [&](Statement& statement) {
            statement.bind(base::Json(base::Json::Array(but_of.begin(), but_of.end())).dump())
                .bind(static_cast<std::int64_t>(limit));
        });
}

std::vector<Job> Store::queued_on(const std::string& device, base::WallTime latest) {
    auto jobs =
        select(" WHERE delivery = 'none' AND state = 'queued' AND device = ? ORDER BY sequence",
               [&](Statement& statement) { statement.bind(device); });
    std::erase_if(jobs, [latest](const Job& job) { return job.created_at > latest; });
    return jobs;
}

std::vector<Job> Store::unfinished() {
    return select(" WHERE delivery = 'uploading' OR (delivery = 'none' AND state <> 'queued')",
                  [](Statement& /*no parameters*/) {});
}

std::vector<Job> Store::select(std::string_view rest, const std::function<void(Statement&)>& bind) {
    // one statement, so that a job and its segments are of the same moment
    const std::string sql =
        text("SELECT ", job_and_segment_columns, " FROM (SELECT jobs.* FROM jobs", rest,
             ") AS j LEFT JOIN segments AS s ON s.job = j.id ORDER BY j.sequence, s.number");
    // The lock is held while SQLite reads: a connection serves one thread at a time.
    return reader_.with([&](auto& reader) {
        std::vector<Job> jobs;
        Statement statement = reader->prepare(sql);
        bind(statement);
        while (statement.step())
            read_row(statement, jobs);
        return jobs;
    });
}

bool Store::change(std::move_only_function<bool(Database&)> make, Sync sync) {
    auto made = base::wait_for_call<Made>([&](auto committed) {
        push({.make = std::move(make), .committed = std::move(committed), .sync = sync});
    });
    return made.take();
}

void Store::push(Change change) {
    if (changes_.try_push(change)) return;
    throw base::Failure(base::Errc::too_many, "job store: too many changes wait for the disk");
}

void Store::commit_changes() {
    base::name_thread("store writer");
    for (;;) {
        std::deque<Change> batch = changes_.next();
        if (batch.empty()) return;  // closed
        commit_batch(batch);
        changes_.note_written();
    }
}

void Store::commit_batch(std::deque<Change>& batch) {
    const bool is_awaited = std::ranges::any_of(
        batch, [](const Change& change) { return change.sync == Sync::at_once; });
    const Sync sync = is_awaited ? Sync::at_once : Sync::with_next;
    std::vector<Made> made(batch.size(), Made(false));
    try {
        begin(sync);
        if (!make_all(batch, made)) {
            roll_back();
            begin(sync);
            make_each(batch, made);
        }
        writing_->prepare("COMMIT").run();
    } catch (const base::Failure&) {  // no change of the batch is on the disk: all callers get it
        std::ranges::fill(made, Made::failed(std::current_exception()));
        roll_back();
    }
    for (std::size_t i = 0; i < batch.size(); ++i)
        batch[i].committed(std::move(made[i]));
}

void Store::begin(Sync sync) {
    if (sync != sync_) {
        // sqlite.org/pragma.html#pragma_synchronous: NORMAL leaves a commit in WAL mode to the sync
        // of a later one. Such a PRAGMA takes effect when it is compiled: it is, each time.
        writing_->execute(sync == Sync::at_once ? "PRAGMA synchronous = FULL"
                                                : "PRAGMA synchronous = NORMAL");
        sync_ = sync;
    }
    writing_->prepare("BEGIN IMMEDIATE").run();
}

/// Without the copies of pages that a SAVEPOINT takes. False where one of them fails.
bool Store::make_all(std::deque<Change>& batch, std::vector<Made>& made) {
    try {
        for (std::size_t i = 0; i < batch.size(); ++i)
            made[i] = batch[i].make(*writing_);
        return true;
    } catch (const base::Failure&) {  // which of them is seen by make_each()
        return false;
    }
}

/// What fails is its own caller's alone.
void Store::make_each(std::deque<Change>& batch, std::vector<Made>& made) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        writing_->prepare("SAVEPOINT change").run();
        try {
            made[i] = batch[i].make(*writing_);
        } catch (const base::Failure&) {
            made[i] = Made::failed(std::current_exception());
            writing_->prepare("ROLLBACK TO change").run();
        }
        writing_->prepare("RELEASE change").run();
    }
}

void Store::roll_back() {
    try {
        writing_->prepare("ROLLBACK").run();
        // NOLINTNEXTLINE(bugprone-empty-catch): SQLite rolled back already, as on a full disk
    } catch (const base::Failure&) {
    }
}

}  // namespace xpc::job
