-- Times are milliseconds since 1970 by this database's clock. received_at and ordered_at are microseconds by the clock
-- of the receiver.

-- One small row for an entry and the memory of its id. AUTOINCREMENT, so that an id is never used twice.
CREATE TABLE inbox_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    -- Whose endpoint it is, if one route serves many tenants; empty otherwise. Ids and subjects are unique within it.
    tenant TEXT NOT NULL DEFAULT '',
    platform TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    is_derived BOOLEAN NOT NULL,
    event TEXT,
    unreadable TEXT,
    body_digest BLOB NOT NULL,
    -- Compared one by one, because SQLite builds a table of a longer IN list for every statement that changes a row.
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
    -- The distance of next_at from the change that set it: the lease of a running entry, the back-off of a retryable
    -- one.
    wait INTEGER NOT NULL DEFAULT 0,
    -- The time of the last claim.
    claimed_at INTEGER,
    -- The number of expired leases, and whether the next attempt runs isolated because of them.
    expired_leases INTEGER NOT NULL DEFAULT 0,
    isolated BOOLEAN NOT NULL DEFAULT FALSE,
    worker TEXT NOT NULL,
    reason TEXT,
    has_body BOOLEAN NOT NULL,
    -- Entries of one subject are processed one at a time, ordered by ordered_at.
    subject TEXT,
    ordered_at INTEGER NOT NULL,
    -- The number of the run: 1, and one more each time that an operator redelivers a completed entry.
    run INTEGER NOT NULL,
    -- The entry with which a conflict shares its id: the body is another one, or it came too late for a retry.
    conflict_of INTEGER,
    -- The entry that has the business key, if this one came under another id. It is cancelled.
    repeat_of INTEGER,
    -- The digest of the merchant's second key, and the fingerprint of the secret that proved the body.
    business_key TEXT,
    secret TEXT,
    -- Whether the id is kept without end, because no signed time limits when a repeat is accepted.
    keeps_id BOOLEAN NOT NULL DEFAULT FALSE,
    -- The position of the event in a body that holds several, and the digest of the profile that read it.
    item INTEGER,
    profile TEXT,
    UNIQUE (endpoint, delivery_id, tenant),
    CHECK ((next_at IS NOT NULL) = (state = 'available' OR state = 'running' OR state = 'retryable')),
    CHECK (state <> 'waiting' OR subject IS NOT NULL),
    CHECK (attempt >= 0 AND last_attempt >= 0 AND wait >= 0 AND expired_leases >= 0),
    -- The limits of the code that writes. A stricter limit would refuse a genuine delivery.
    CHECK (length(endpoint) <= 100 AND length(platform) <= 100 AND length(delivery_id) <= 400 AND length(event) <= 100),
    CHECK (length(tenant) <= 100),
    CHECK (length(unreadable) <= 2000 AND length(reason) <= 2000 AND length(worker) <= 200 AND length(subject) <= 200),
    CHECK (length(body_digest) = 32 AND length(business_key) <= 200),
    CHECK (item >= 0 AND length(profile) <= 64),
    CHECK (secret IS NULL OR length(secret) = 16 AND has_body = TRUE),
    CHECK ((finished_at IS NOT NULL) =
        (state = 'completed' OR state = 'parked' OR state = 'discarded' OR state = 'cancelled'))
);

-- Claims: unfinished entries by the time at which they are due.
CREATE INDEX inbox_entry_due ON inbox_entry (endpoint, next_at, id) WHERE next_at IS NOT NULL;

-- Claims in which tenants have turns: the unfinished entries of each tenant by the time at which they are due.
CREATE INDEX inbox_entry_turn ON inbox_entry (endpoint, tenant, next_at, id)
    WHERE next_at IS NOT NULL AND tenant <> '';

-- At most one entry of a subject is active. The others wait, and are in no index of due entries.
CREATE UNIQUE INDEX inbox_entry_active ON inbox_entry (endpoint, tenant, subject)
    WHERE next_at IS NOT NULL AND subject IS NOT NULL;

-- The earliest waiting entry of a subject.
CREATE INDEX inbox_entry_waiting ON inbox_entry (endpoint, tenant, subject, ordered_at, id)
    WHERE state = 'waiting';

-- Entries that wait for longer than their wait, because the clock was set back. A lease is one hour at most.
CREATE INDEX inbox_entry_since ON inbox_entry
    (endpoint, (next_at - CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END))
    WHERE next_at IS NOT NULL;

-- The second key of an entry.
CREATE UNIQUE INDEX inbox_entry_business_key ON inbox_entry (endpoint, tenant, business_key) WHERE business_key IS NOT NULL;

-- The secrets that stored bodies need.
CREATE INDEX inbox_entry_secret ON inbox_entry (endpoint, secret) WHERE secret IS NOT NULL;

-- Lists, and the numbers of entries by endpoint.
CREATE INDEX inbox_entry_state ON inbox_entry (state, id, endpoint);
CREATE INDEX inbox_entry_endpoint ON inbox_entry (endpoint, id);
CREATE INDEX inbox_entry_tenant ON inbox_entry (tenant, id) WHERE tenant <> '';

-- Lists of one subject.
CREATE INDEX inbox_entry_subject ON inbox_entry (endpoint, tenant, subject, id) WHERE subject IS NOT NULL;

-- Lists of the conflicts and repeats of an entry.
CREATE INDEX inbox_entry_conflict_of ON inbox_entry (conflict_of) WHERE conflict_of IS NOT NULL;
CREATE INDEX inbox_entry_repeat_of ON inbox_entry (repeat_of) WHERE repeat_of IS NOT NULL;

-- Lists and numbers of deliveries that came more than once.
CREATE INDEX inbox_entry_repeated ON inbox_entry (id) WHERE repeats > 0;

-- Charts.
CREATE INDEX inbox_entry_received ON inbox_entry (received_at, endpoint);

-- The number of conflicts, also by endpoint.
CREATE INDEX inbox_entry_conflict ON inbox_entry (state, conflict_of, endpoint) WHERE conflict_of IS NOT NULL;

-- Redecoding: entries that this version cannot read.
CREATE INDEX inbox_entry_unreadable ON inbox_entry (endpoint, id) WHERE unreadable IS NOT NULL;

-- Claims of workers that process unknown events.
CREATE INDEX inbox_entry_parked ON inbox_entry (endpoint, id) WHERE state = 'parked' AND has_body = TRUE AND unreadable IS NOT NULL;

-- Pruning: entries with a body, by state, because each state has its own age; and entries without a body whose ids are
-- not kept without end.
CREATE INDEX inbox_entry_bodies ON inbox_entry (endpoint, state, finished_at)
    WHERE finished_at IS NOT NULL AND has_body = TRUE;
CREATE INDEX inbox_entry_finished ON inbox_entry (endpoint, finished_at)
    WHERE finished_at IS NOT NULL AND has_body = FALSE AND keeps_id = FALSE;

-- Headers and bodies. They are apart from the entry, because they are pruned before the id. The items of one delivery
-- share a row with a negative number: their own rows are empty and name it, and it is deleted with the last of them.
CREATE TABLE inbox_payload (
    entry_id INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    headers BLOB NOT NULL,
    body BLOB NOT NULL,
    seal BLOB CHECK (length(seal) = 32),
    body_of INTEGER,
    -- Whether an entry of this body was erased, so that the body is deleted when the others are processed.
    is_erased BOOLEAN NOT NULL DEFAULT FALSE,
    CHECK (body_of IS NULL OR body_of < 0 AND entry_id > 0),
    CHECK (is_erased = FALSE OR entry_id < 0)
);

-- The entries of a shared body, and bodies that wait for their deletion.
CREATE INDEX inbox_payload_shared ON inbox_payload (body_of) WHERE body_of IS NOT NULL;
CREATE INDEX inbox_payload_erased ON inbox_payload (entry_id) WHERE is_erased = TRUE;

-- The end of every attempt, and every change by an operator. Lines are added and never changed, except that reasons are
-- erased. took: the time from the claim to the end of an attempt.
CREATE TABLE inbox_history (
    id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL CHECK (length(what) <= 100),
    attempt INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (length(actor) <= 200),
    by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    reason TEXT CHECK (length(reason) <= 2000),
    took INTEGER CHECK (took >= 0)
);

CREATE INDEX inbox_history_entry ON inbox_history (entry_id, id);

-- The list of changes by operators.
CREATE INDEX inbox_history_by_hand ON inbox_history (id) WHERE by_hand = TRUE;

-- Charts.
CREATE INDEX inbox_history_at ON inbox_history (at);

-- Refused requests: slots of each endpoint, which are overwritten in place. kept_at and written are the time and the
-- order of the writing.
CREATE TABLE inbox_refused (
    endpoint TEXT NOT NULL CHECK (length(endpoint) <= 100),
    slot INTEGER NOT NULL CHECK (slot >= 0),
    platform TEXT NOT NULL CHECK (length(platform) <= 100),
    kind TEXT NOT NULL CHECK (length(kind) <= 100),
    reason TEXT NOT NULL CHECK (length(reason) <= 2000),
    status INTEGER NOT NULL,
    at INTEGER NOT NULL,
    method TEXT NOT NULL CHECK (length(method) <= 100),
    path TEXT NOT NULL CHECK (length(path) <= 8000),
    headers BLOB NOT NULL,
    body BLOB NOT NULL,
    body_length INTEGER,
    is_sealed BOOLEAN NOT NULL,
    kept_at INTEGER NOT NULL,
    written INTEGER NOT NULL,
    PRIMARY KEY (endpoint, slot)
);

-- The probe of `health`: written if no delivery was stored for a while.
CREATE TABLE inbox_probe (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
);

-- Names with values that are written once. The identity is a random id of this inbox.
CREATE TABLE inbox_mark (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

INSERT INTO inbox_mark (name, value) VALUES ('identity', lower(hex(randomblob(16))));

-- The migrations of these tables: one row each, written by the migration.
-- version: the number of the migration.
-- oldest: the lowest version that a release must know, so that it can use the tables after this migration.
-- release: the release that has made the migration.
CREATE TABLE inbox_schema (
    version INTEGER PRIMARY KEY,
    oldest INTEGER NOT NULL,
    release TEXT NOT NULL,
    CHECK (oldest >= 1 AND oldest <= version)
);

INSERT INTO inbox_schema (version, oldest, release) VALUES (1, 1, '0.1.0');

-- Proven time, by which deletion goes: one row.
-- proven_at: the highest proven time.
-- ahead_by, lasted: the distance of a clock that has jumped ahead, and the time for which it has kept this distance.
-- allowance: the distance by which proven time may follow the clock at once.
-- unsettled_from: the earliest stamp of a clock that has not lasted a day.
-- held_from, held_until: stamps between them count as if they had been written at held_until.
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
SELECT 1, clock, 0, 0, 900000, clock, 0, 0, clock
-- `unixepoch('subsec')` is NULL before SQLite 3.42, which other tools may have.
FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS clock) AS created;

-- Erasures whose text may still be in the log `-wal`. AUTOINCREMENT, so that a number is never used twice.
CREATE TABLE inbox_erasure (
    id INTEGER PRIMARY KEY AUTOINCREMENT
);

-- The generation of the log `-wal`: incremented by a process that replaces a removed log while it has the database to
-- itself.
CREATE TABLE inbox_log (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL
);

INSERT INTO inbox_log (id, generation) VALUES (1, 0);
