#include "job/migration.hpp"

#include <array>
#include <cstddef>
#include <span>

#include "base/error.hpp"
#include "base/text.hpp"
#include "schema.hpp"

namespace xpc::job {
namespace {

using base::text;

constexpr int schema_version = 8;

// Jobs of version 1 had one interface, and classic files with nanoseconds unless the server was
// told otherwise, which is not in its records.
constexpr const char* version_1_to_2 = R"sql(
ALTER TABLE jobs RENAME COLUMN interface TO interfaces;
UPDATE jobs SET interfaces = json_array(interfaces);
ALTER TABLE jobs ADD COLUMN filter TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN direction TEXT NOT NULL DEFAULT 'both';
ALTER TABLE jobs ADD COLUMN snaplen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN packet_limit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN byte_limit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN segment_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN segment_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN segments_kept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN format TEXT NOT NULL DEFAULT 'pcap_ns';
ALTER TABLE jobs ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN comment TEXT NOT NULL DEFAULT '';
CREATE TABLE segments (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    frames INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    delivery TEXT NOT NULL,
    receipt_bytes INTEGER,
    receipt_etag TEXT,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* version_2_to_3 = R"sql(
ALTER TABLE jobs ADD COLUMN receipt_sha256 TEXT;
ALTER TABLE segments ADD COLUMN receipt_sha256 TEXT;
)sql";

constexpr const char* version_3_to_4 = R"sql(
ALTER TABLE jobs ADD COLUMN key_template TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN compression TEXT NOT NULL DEFAULT 'none';
ALTER TABLE jobs ADD COLUMN s3_options TEXT NOT NULL DEFAULT '{}';
)sql";

constexpr const char* version_4_to_5 = R"sql(
ALTER TABLE jobs ADD COLUMN src_port INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN dst_port INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN buffer_mib INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN circular INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN packet_rate INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN stop_requested INTEGER NOT NULL DEFAULT 0;
CREATE TABLE device_captures (
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    job TEXT NOT NULL,
    PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* version_5_to_6 = R"sql(
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    scopes TEXT NOT NULL,
    limits TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* version_6_to_7 = R"sql(
ALTER TABLE jobs ADD COLUMN removal_requested INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_to_remove ON jobs (id) WHERE removal_requested <> 0;
CREATE INDEX jobs_by_device ON jobs (device, sequence);
CREATE INDEX jobs_by_asker ON jobs (asked_by, sequence);
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE TABLE job_interfaces (
    interface TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (interface, sequence)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER job_is_new AFTER INSERT ON jobs BEGIN
    INSERT INTO job_interfaces (interface, sequence)
        SELECT DISTINCT value, NEW.sequence FROM json_each(NEW.interfaces);
END;
CREATE TRIGGER job_is_gone AFTER DELETE ON jobs BEGIN
    DELETE FROM job_interfaces WHERE sequence = OLD.sequence
        AND interface IN (SELECT value FROM json_each(OLD.interfaces));
END;
CREATE TABLE idempotency_keys (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    client TEXT NOT NULL,
    key    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    job    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (client, key)
) STRICT;
INSERT INTO job_interfaces (interface, sequence)
    SELECT DISTINCT value, sequence FROM jobs, json_each(jobs.interfaces);
)sql";

constexpr const char* version_7_to_8 = "DROP TRIGGER job_is_new;";

/// What makes each version the next one, from 1 on.
constexpr auto steps =
    std::to_array<const char*>({version_1_to_2, version_2_to_3, version_3_to_4, version_4_to_5,
                                version_5_to_6, version_6_to_7, version_7_to_8});

static_assert(steps.size() + 1 == schema_version);

}  // namespace

std::int64_t single_integer(Database& database, std::string_view sql) {
    Statement statement = database.prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

void set_up_schema(Database& database, const std::filesystem::path& path) {
    // FULL: a commit is on the disk when it returns, also in WAL mode (sqlite.org/pragma.html).
    // Foreign keys are not looked at unless a connection asks for it. The log grows to 8000 pages,
    // 32 MiB, before they are copied to their places: where many jobs come together most of them
    // change again and again, and are copied once.
    database.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
        "PRAGMA wal_autocheckpoint = 8000;");
    // A transaction that fails ends with its connection, which the caller closes.
    database.execute("BEGIN IMMEDIATE");
    const auto version = single_integer(database, "PRAGMA user_version");
    if (version > schema_version) {
        throw base::Failure(base::Errc::database,
                            text("job store ", path.native(), ": has version ", version,
                                 ", and this program knows only ", schema_version,
                                 ": it was written by a newer xepacketcap"));
    }
    if (version < schema_version) {
        if (version == 0) {
            database.execute(schema);
        } else {
            for (const char* step : std::span(steps).subspan(static_cast<std::size_t>(version) - 1))
                database.execute(step);
        }
        database.execute(text("PRAGMA user_version = ", schema_version));
    }
    database.execute("COMMIT");
}

}  // namespace xpc::job
