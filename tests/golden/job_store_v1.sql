-- The job store, version 1 (PRAGMA user_version). Times are nanoseconds since the Unix epoch.
CREATE TABLE jobs (
    sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    number         INTEGER NOT NULL UNIQUE,
    device         TEXT    NOT NULL,
    interface      TEXT    NOT NULL,
    proto          TEXT    NOT NULL,
    src            TEXT    NOT NULL,
    dst            TEXT    NOT NULL,
    bidirectional  INTEGER NOT NULL,
    duration_ms    INTEGER NOT NULL,
    bucket         TEXT    NOT NULL,
    store          TEXT    NOT NULL,
    object_bucket  TEXT    NOT NULL,
    object_key     TEXT    NOT NULL,
    url            TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    delivery       TEXT    NOT NULL,
    stop_reason    TEXT,
    received       INTEGER NOT NULL DEFAULT 0,
    captured       INTEGER NOT NULL DEFAULT 0,
    filtered       INTEGER NOT NULL DEFAULT 0,
    dropped_ring   INTEGER NOT NULL DEFAULT 0,
    dropped_queue  INTEGER NOT NULL DEFAULT 0,
    dropped_disk   INTEGER NOT NULL DEFAULT 0,
    bytes          INTEGER NOT NULL DEFAULT 0,
    receipt_bytes  INTEGER,
    receipt_etag   TEXT,
    errors         TEXT    NOT NULL DEFAULT '[]',
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    stopped_at     INTEGER,
    delivered_at   INTEGER,
    UNIQUE (store, object_bucket, object_key)
) STRICT;

-- the supervisor looks for what waits, and a restart for what is not finished
CREATE INDEX jobs_by_position ON jobs (delivery, state, sequence);
