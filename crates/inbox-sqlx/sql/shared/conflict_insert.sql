-- Inserts a conflict as a separate dead letter, unless its delivery id is taken. Returns its id. It has its business key
-- if no other entry has it.
--
-- Parameters: $1 endpoint, $2 platform, $3 delivery id, $4 whether that id is derived, $5 event, $6 why it is
-- unreadable, $7 digest of the body, $8 number of attempts, $9 time of receipt in microseconds, $10 subject, $11 time
-- of its order in microseconds, $12 reason, $13 entry with which it conflicts, $14 whether its id is kept without end,
-- $15 business key, $16 fingerprint of the secret, $17 tenant, $18 position of its event, $19
-- digest of the profile.
-- Concurrency: the unique indexes decide between concurrent inserts of one id or of one business key. If another
-- transaction takes the key at the same time, no row is inserted, and the caller tries once more.
INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, state, attempt,
    last_attempt, repeats, conflicts, received_at, subject, ordered_at, run, last_seen_at, finished_at, worker, reason,
    has_body, conflict_of, keeps_id, business_key, secret, tenant, item, profile)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'discarded', 0, $8, 0, 0, $9, $10, $11, 1, {stamp}, {stamp}, '', $12, TRUE, $13,
    $14, (SELECT $15 WHERE NOT EXISTS (SELECT 1 FROM inbox_entry
        WHERE endpoint = $1 AND tenant = $17 AND business_key = $15)), $16, $17, $18, $19)
ON CONFLICT DO NOTHING
RETURNING id
