-- Times are milliseconds since 1970 by this database's clock, but for received_at and ordered_at: microseconds by the
-- receiver's.

-- Queue and memory of keys in one small row. AUTOINCREMENT, so that a number is never given twice.
CREATE TABLE inbox_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    platform TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    is_derived BOOLEAN NOT NULL,
    event TEXT,
    unreadable TEXT,
    body_digest BLOB NOT NULL,
    -- Compared one by one, because SQLite makes a table of a longer IN list for every statement that changes a row.
    state TEXT NOT NULL CHECK (state = 'available' OR state = 'waiting' OR state = 'running' OR state = 'retryable'
        OR state = 'completed' OR state = 'parked' OR state = 'discarded' OR state = 'cancelled'),
    attempt INTEGER NOT NULL,
    last_attempt INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    next_at INTEGER,
    finished_at INTEGER,
    -- The time from the change that set next_at to next_at: the lease of a running entry, the back-off of a retryable one.
    wait INTEGER NOT NULL DEFAULT 0,
    -- The leases that expired, and whether the next attempt runs isolated because of them.
    expired_leases INTEGER NOT NULL DEFAULT 0,
    isolated BOOLEAN NOT NULL DEFAULT FALSE,
    worker TEXT NOT NULL,
    reason TEXT,
    has_body BOOLEAN NOT NULL,
    -- Whose entries are processed one at a time, and by which time.
    subject TEXT,
    ordered_at INTEGER NOT NULL,
    -- How often it was taken up on purpose.
    run INTEGER NOT NULL,
    -- The entry whose id came with this body, or came again too late to be a retry.
    conflict_of INTEGER,
    -- Whether the id is kept without end, because no signed time limits when a repeat is accepted.
    keeps_id BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (endpoint, delivery_id),
    CHECK ((next_at IS NOT NULL) = (state = 'available' OR state = 'running' OR state = 'retryable')),
    CHECK (state <> 'waiting' OR subject IS NOT NULL),
    CHECK (attempt >= 0 AND last_attempt >= 0 AND wait >= 0 AND expired_leases >= 0),
    -- The bounds of the code that writes, and no less: an entry that breaks one is a delivery that is not stored.
    CHECK (length(endpoint) <= 100 AND length(platform) <= 100 AND length(delivery_id) <= 400 AND length(event) <= 100),
    CHECK (length(unreadable) <= 2000 AND length(reason) <= 2000 AND length(worker) <= 200 AND length(subject) <= 200),
    CHECK (length(body_digest) = 32),
    CHECK ((finished_at IS NOT NULL) =
        (state = 'completed' OR state = 'parked' OR state = 'discarded' OR state = 'cancelled'))
);

-- For the worker: what is unfinished, and nothing else.
CREATE INDEX inbox_entry_due ON inbox_entry (endpoint, next_at, id) WHERE next_at IS NOT NULL;

-- Of the entries of a subject one is active at most. The others wait, and no index of due entries has them.
CREATE UNIQUE INDEX inbox_entry_active ON inbox_entry (endpoint, subject) WHERE next_at IS NOT NULL AND subject IS NOT NULL;

-- For the earliest waiting entry of a subject.
CREATE INDEX inbox_entry_waiting ON inbox_entry (endpoint, subject, ordered_at, id) WHERE state = 'waiting';

-- For entries that wait for longer than their wait, because the clock was set back. A lease is one hour at most.
CREATE INDEX inbox_entry_since ON inbox_entry
    (endpoint, (next_at - CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END))
    WHERE next_at IS NOT NULL;

-- For lists.
CREATE INDEX inbox_entry_state ON inbox_entry (state, id);
CREATE INDEX inbox_entry_endpoint ON inbox_entry (endpoint, id);

-- For the count of conflicts.
CREATE INDEX inbox_entry_conflict ON inbox_entry (state, conflict_of) WHERE conflict_of IS NOT NULL;

-- For reading again what a later version may understand.
CREATE INDEX inbox_entry_unreadable ON inbox_entry (endpoint, id) WHERE unreadable IS NOT NULL;

-- For workers that ask for unknown events.
CREATE INDEX inbox_entry_parked ON inbox_entry (endpoint, id) WHERE state = 'parked' AND has_body = TRUE;

-- For pruning: bodies that are still there, by state, because each has an age of its own; and entries without a body
-- whose ids are not kept without end.
CREATE INDEX inbox_entry_bodies ON inbox_entry (endpoint, state, finished_at)
    WHERE finished_at IS NOT NULL AND has_body = TRUE;
CREATE INDEX inbox_entry_finished ON inbox_entry (endpoint, finished_at)
    WHERE finished_at IS NOT NULL AND has_body = FALSE AND keeps_id = FALSE;

-- Apart from the entry, so that bodies can go and keys can stay.
CREATE TABLE inbox_payload (
    entry_id INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    headers BLOB NOT NULL,
    body BLOB NOT NULL,
    seal BLOB CHECK (length(seal) = 32)
);

-- The end of every attempt, and everything done by hand; lines are only added.
CREATE TABLE inbox_history (
    id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL CHECK (length(what) <= 100),
    attempt INTEGER NOT NULL,
    by_whom TEXT NOT NULL CHECK (length(by_whom) <= 200),
    reason TEXT CHECK (length(reason) <= 2000)
);

CREATE INDEX inbox_history_entry ON inbox_history (entry_id, id);

-- Written to when nothing else was, to see that it can be.
CREATE TABLE inbox_probe (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
);

-- Names with values that are written once. The identity is the inbox's own, made with its tables.
CREATE TABLE inbox_mark (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

INSERT INTO inbox_mark (name, value) VALUES ('identity', lower(hex(randomblob(16))));

-- The time that deletion goes by: one row. The highest proven time; the distance of a clock that is ahead of it, and for
-- how long it has kept that; how far the clock may be followed at once; from when stamps are unsettled; the stamps that
-- count as if they were of held_until.
CREATE TABLE inbox_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    proven_at INTEGER NOT NULL,
    ahead_by INTEGER NOT NULL,
    lasted INTEGER NOT NULL,
    allowance INTEGER NOT NULL,
    unsettled_from INTEGER,
    held_from INTEGER NOT NULL,
    held_until INTEGER NOT NULL,
    written_at INTEGER NOT NULL
);

INSERT INTO inbox_clock (id, proven_at, ahead_by, lasted, allowance, unsettled_from, held_from, held_until, written_at)
SELECT 1, clock, 0, 0, 900000, clock, 0, 0, clock FROM (SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS clock) AS created;

-- Erasures whose text may still be in the log of changes. AUTOINCREMENT, so that a number is never given twice.
CREATE TABLE inbox_erasure (
    id INTEGER PRIMARY KEY AUTOINCREMENT
);

-- How often the log of changes was begun anew by a process that had the database to itself, because the log was removed.
CREATE TABLE inbox_log (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL
);

INSERT INTO inbox_log (id, generation) VALUES (1, 0);
