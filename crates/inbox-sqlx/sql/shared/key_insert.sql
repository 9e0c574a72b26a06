-- Inserts a delivery whose business key another entry has, as a cancelled entry. Returns its id; no row if its delivery
-- id is taken.
--
-- Parameters: $1 endpoint, $2 platform, $3 delivery id, $4 whether that id is derived, $5 event, $6 digest of the body,
-- $7 number of attempts, $8 time of receipt in microseconds, $9 subject, $10 time of its order in microseconds, $11
-- reason, $12 entry that has the business key, $13 whether its id is kept without end, $14 fingerprint of the secret, $15
-- tenant, $16 position of its event, $17 digest of the profile.
-- Concurrency: key_lock has locked the entry that has the business key, so that such deliveries are stored one by one.
INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, body_digest, state, attempt, last_attempt,
    repeats, conflicts, received_at, subject, ordered_at, run, last_seen_at, finished_at, worker, reason, has_body,
    repeat_of, keeps_id, secret, tenant, item, profile)
VALUES ($1, $2, $3, $4, $5, $6, 'cancelled', 0, $7, 0, 0, $8, $9, $10, 1, {stamp}, {stamp}, '', $11, TRUE, $12, $13,
    $14, $15, $16, $17)
ON CONFLICT DO NOTHING
RETURNING id
