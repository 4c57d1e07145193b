-- The job store, version 8 (PRAGMA user_version). Times are nanoseconds since the Unix epoch; of
-- limits, 0 is none. How older versions become this one is in migration.cpp.
CREATE TABLE jobs (
    sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    number         INTEGER NOT NULL UNIQUE,
    device         TEXT    NOT NULL,
    interfaces     TEXT    NOT NULL, -- a JSON array: a name may hold any separator
    proto          TEXT    NOT NULL,
    src            TEXT    NOT NULL,
    dst            TEXT    NOT NULL,
    bidirectional  INTEGER NOT NULL,
    filter         TEXT    NOT NULL DEFAULT '',
    direction      TEXT    NOT NULL DEFAULT 'both',
    snaplen        INTEGER NOT NULL DEFAULT 0,
    duration_ms    INTEGER NOT NULL,
    packet_limit   INTEGER NOT NULL DEFAULT 0,
    byte_limit     INTEGER NOT NULL DEFAULT 0,
    segment_bytes  INTEGER NOT NULL DEFAULT 0,
    segment_ms     INTEGER NOT NULL DEFAULT 0,
    segments_kept  INTEGER NOT NULL DEFAULT 0,
    format         TEXT    NOT NULL DEFAULT 'pcap_ns',
    bucket         TEXT    NOT NULL,
    asked_by       TEXT    NOT NULL DEFAULT '',
    comment        TEXT    NOT NULL DEFAULT '',
    key_template   TEXT    NOT NULL DEFAULT '',
    compression    TEXT    NOT NULL DEFAULT 'none',
    s3_options     TEXT    NOT NULL DEFAULT '{}', -- JSON, as the API has it
    src_port       INTEGER NOT NULL DEFAULT 0,
    dst_port       INTEGER NOT NULL DEFAULT 0,
    buffer_mib     INTEGER NOT NULL DEFAULT 0, -- of the device
    circular       INTEGER NOT NULL DEFAULT 0,
    packet_rate    INTEGER NOT NULL DEFAULT 0, -- packets a second, at most
    stop_requested INTEGER NOT NULL DEFAULT 0, -- by the user, while another process captures
    removal_requested INTEGER NOT NULL DEFAULT 0, -- by the user: the record goes when the run has ended
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
    receipt_sha256 TEXT,             -- hex; null where no bytes were sent
    errors         TEXT    NOT NULL DEFAULT '[]',
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    stopped_at     INTEGER,
    delivered_at   INTEGER,
    UNIQUE (store, object_bucket, object_key)
) STRICT;

-- the supervisor looks for what waits, and a restart for what is not finished
CREATE INDEX jobs_by_position ON jobs (delivery, state, sequence);

-- what jobs are listed by (list_query.cpp)
CREATE INDEX jobs_by_device ON jobs (device, sequence);
CREATE INDEX jobs_by_asker ON jobs (asked_by, sequence);
CREATE INDEX jobs_by_time ON jobs (created_at);

-- those whose users wait for their end
CREATE INDEX jobs_to_remove ON jobs (id) WHERE removal_requested <> 0;

-- the interfaces of each job, one by one: likewise. They are put here with the job, and by no trigger: for one, SQLite
-- copies all pages that the INSERT changes, in case that it fails halfway.
CREATE TABLE job_interfaces (
    interface      TEXT    NOT NULL,
    sequence       INTEGER NOT NULL,
    PRIMARY KEY (interface, sequence)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER job_is_gone AFTER DELETE ON jobs BEGIN
    DELETE FROM job_interfaces WHERE sequence = OLD.sequence
        AND interface IN (SELECT value FROM json_each(OLD.interfaces));
END;

-- what clients call what they ask for, for a day (idempotency.hpp); the job may be no more
CREATE TABLE idempotency_keys (
    sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
    client         TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    fingerprint    TEXT    NOT NULL,
    job            TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    UNIQUE (client, key)
) STRICT;

-- what captures may have left on devices, until it is removed there; of jobs that are no more, too
CREATE TABLE device_captures (
    device         TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    job            TEXT    NOT NULL,
    PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

-- the files of captures that are cut into several
CREATE TABLE segments (
    job            TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number         INTEGER NOT NULL,
    key            TEXT    NOT NULL,
    frames         INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    delivery       TEXT    NOT NULL,
    receipt_bytes  INTEGER,
    receipt_etag   TEXT,
    receipt_sha256 TEXT,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

-- who may use the API
CREATE TABLE tokens (
    id             TEXT    PRIMARY KEY,
    name           TEXT    NOT NULL,
    sha256         TEXT    NOT NULL, -- hex, of the secret part of the token's text
    scopes         TEXT    NOT NULL, -- a JSON array
    limits         TEXT    NOT NULL, -- JSON, as the API has it
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER           -- null: never
) STRICT, WITHOUT ROWID;
